import { gateTitle } from '../../domain/health/gate.ts';
import type { GateRecord } from '../../record/rollout-record.ts';
import { count } from '../text/amounts.ts';
import { code, plainText, table } from './markdown.ts';

const mostGates = 20;

/** Each gate once, with how often it passed and failed, and what it said last. */
export function gateLines(gates: readonly GateRecord[]): string {
  const labels = [...new Map(gates.map((gate) => [gate.gate, gate])).values()];
  if (labels.length === 0) return '';
  const rows = labels.slice(0, mostGates).map((label) => {
    const own = gates.filter(({ gate }) => gate === label.gate);
    const failed = own.filter(({ verdict }) => verdict === 'failed').length;
    const last = own.at(-1);
    return [
      code(gateTitle(label)),
      `${own.length - failed}`,
      `${failed}`,
      last ? `${last.verdict} before step ${last.step}: ${plainText(last.detail, 600)}` : '',
    ];
  });
  const more = labels.length - rows.length;
  const rest = more > 0 ? `\n\nand ${count(more, 'more gate')}` : '';
  const columns = [
    { title: 'gate' },
    { title: 'passed', right: true },
    { title: 'failed', right: true },
    { title: 'last' },
  ] as const;
  return `${table(columns, rows)}${rest}`;
}
