import type { RolloutRecord, ServiceRecord } from '../../record/rollout-record.ts';
import { stepShares } from '../../record/step-shares.ts';
import { shareCells, someEvenly } from '../step-rows.ts';
import { clock, count, shortPercent } from '../text/amounts.ts';
import { code, type TableColumn, table } from './markdown.ts';

const mostRows = 40;

/** Every step with its planned and delivered share in each service; of many steps, some evenly. */
export function stepTable(record: RolloutRecord, services: readonly ServiceRecord[]): string {
  const { steps, startedAtMs } = record;
  if (steps.length === 0) return '';
  const shares = services.map((service) => stepShares(service, record));
  const rows = someEvenly(
    steps.map((_, index) => index),
    mostRows,
  ).map((index) => {
    const step = steps[index];
    if (!step) return [];
    const way = step.direction === 'back' ? ' (back)' : '';
    return [
      `${step.step}${way}`,
      clock(step.atMs - startedAtMs),
      shortPercent(step.movedFraction),
      ...shares.flatMap((own) => shareCells(own[index])),
    ];
  });
  const left = steps.length - rows.length;
  const note = left > 0 ? `\n\n${count(left, 'step')} in between not shown.` : '';
  const more = record.services.length - services.length;
  const others = more > 0 ? `\n\n${count(more, 'more service')} with the same steps.` : '';
  return `${table(columns(services), rows)}${note}${others}`;
}

function columns(services: readonly ServiceRecord[]): readonly TableColumn[] {
  return [
    { title: 'step', right: true },
    { title: 'at', right: true },
    { title: 'moved', right: true },
    ...services.flatMap(({ service }): readonly TableColumn[] => {
      const of = services.length > 1 ? `${code(service)} ` : '';
      return [
        { title: `${of}planned`, right: true },
        { title: 'delivered', right: true },
        { title: 'new connections', right: true },
      ];
    }),
  ];
}
