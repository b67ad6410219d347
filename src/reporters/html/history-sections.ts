import type { DrainEvent } from '../../domain/events/event.ts';
import { gateTitle } from '../../domain/health/gate.ts';
import type { RolloutRecord } from '../../record/rollout-record.ts';
import { count } from '../text/amounts.ts';
import { describeEvent } from '../wording.ts';
import { clockTime, dataTable } from './data-table.ts';
import { type Html, html } from './html.ts';

const mostGates = 50;
const mostEvents = 300;

/** Each gate once, with how often it passed and failed, and what it said last. */
export function gateSection({ gates }: RolloutRecord): Html | undefined {
  const labels = [...new Map(gates.map((gate) => [gate.gate, gate])).values()];
  if (labels.length === 0) return undefined;
  const rows = labels.slice(0, mostGates).map((label) => {
    const own = gates.filter(({ gate }) => gate === label.gate);
    const failed = own.filter(({ verdict }) => verdict === 'failed').length;
    const last = own.at(-1);
    return [
      html`<code>${gateTitle(label)}</code>`,
      own.length - failed,
      failed > 0 ? html`<strong class="bad">${failed}</strong>` : 0,
      last ? `${last.verdict} before step ${last.step}: ${last.detail}` : '',
    ];
  });
  const columns = [
    { title: 'gate', kind: 'words' },
    { title: 'passed', kind: 'number' },
    { title: 'failed', kind: 'number' },
    { title: 'last', kind: 'words' },
  ] as const;
  return html`<section><h2>Gates</h2>
${dataTable('Gates', columns, rows)}${more(labels.length - rows.length, 'more gate')}
</section>`;
}

/** The events of the rollout but for steps and passed gates, which have tables of their own. */
export function eventSection({ events, plan }: RolloutRecord): Html | undefined {
  const namesDirector = plan.directors.length > 1;
  const told = events.filter(({ type }) => type !== 'step-applied' && type !== 'gate-passed');
  if (told.length === 0) return undefined;
  const shown = told.slice(-mostEvents);
  const rows = shown.map((event) => [
    clockTime(Date.parse(event.at)),
    html`<span class="${troubles.has(event.type) ? 'bad' : ''}">${event.type}</span>`,
    describeEvent(event, { namesDirector, names: plan.names }),
  ]);
  const columns = [
    { title: 'UTC', kind: 'time' },
    { title: 'event', kind: 'time' },
    { title: 'what happened', kind: 'words' },
  ] as const;
  return html`<section><h2>Events</h2>
${dataTable('Events', columns, rows)}${more(told.length - shown.length, 'earlier one')}
</section>`;
}

const troubles: ReadonlySet<DrainEvent['type']> = new Set([
  'gate-failed',
  'not-draining',
  'drift-detected',
  'rollback-started',
  'warning',
]);

const more = (left: number, what: string): Html | undefined =>
  left > 0 ? html`<p class="note">And ${count(left, what)}.</p>` : undefined;
