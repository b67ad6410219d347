import type { RolloutRecord } from '../../record/rollout-record.ts';
import { shareWords } from '../../record/share-words.ts';
import { stepShares } from '../../record/step-shares.ts';
import { shareCells, someEvenly } from '../step-rows.ts';
import { clock, count, roughly, shortPercent } from '../text/amounts.ts';
import { type Column, clockTime, dataTable } from './data-table.ts';
import { type Html, html } from './html.ts';

const mostRows = 150;
/** Services with columns of their own. */
const mostServices = 2;

/** Every step with when it was due and came, and what it moved; of many steps, some evenly. */
export function stepSection(record: RolloutRecord): Html | undefined {
  if (record.steps.length === 0) return undefined;
  const steps = someEvenly(record.steps, mostRows);
  const services = record.services.slice(0, mostServices);
  const { untilMs, startedAtMs } = record;
  const shares = services.map((service) => stepShares(service, { steps, untilMs }));
  const columns: readonly Column[] = [
    { title: 'step', kind: 'number' },
    { title: 'UTC', kind: 'time' },
    { title: 'after', kind: 'number' },
    { title: 'late', kind: 'number' },
    { title: 'moved', kind: 'number' },
    ...services.flatMap(({ service }): readonly Column[] => {
      const of = services.length > 1 ? `${service}: ` : '';
      return [
        { title: `${of}planned`, kind: 'number' },
        { title: 'delivered', kind: 'number' },
        { title: 'new connections', kind: 'number' },
      ];
    }),
  ];
  const rows = steps.map((step, index) => [
    `${step.step}${step.direction === 'back' ? ' (back)' : ''}`,
    clockTime(step.atMs),
    clock(step.atMs - startedAtMs),
    roughly(Math.max(0, step.atMs - step.dueMs)),
    shortPercent(step.movedFraction),
    ...shares.flatMap((own) => shareCells(own[index])),
  ]);
  const notes = [
    steps.length < record.steps.length &&
      `${count(record.steps.length, 'step')} in all; ${count(steps.length, 'of them', 'of them')} are shown, and what was delivered is until the next that is shown.`,
    record.services.length > services.length &&
      `The shares are those of the first ${count(services.length, 'service')}.`,
  ].filter((note) => note !== false);
  return html`<section><h2>Steps</h2>
<dl class="words">${shareWords(services[0]?.shareOf ?? 'new', record.plan.move).map(([word, meaning]) => html`<div><dt>${word}</dt><dd>${meaning}</dd></div>`)}</dl>
${dataTable('Steps', columns, rows)}
${notes.map((note) => html`<p class="note">${note}</p>`)}
</section>`;
}
