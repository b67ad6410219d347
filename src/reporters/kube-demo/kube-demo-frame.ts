import { clock, count, percent } from '../text/amounts.ts';
import { bar } from '../text/blocks.ts';
import { cutToColumns, padEndTo } from '../text/columns.ts';
import type { Paint, Style } from '../text/paint.ts';

/** A picture of `drain demo kube` at one moment. */
export interface KubeDemoPicture {
  readonly elapsedMs: number;
  /** What the upgrade does now: `node-3: waits for 12 connections`. */
  readonly doing: string;
  readonly nodes: readonly KubeDemoRow[];
  readonly delivered: number;
  /** Connections that were refused, reset, or left hanging. */
  readonly failed: number;
}

export interface KubeDemoRow {
  readonly name: string;
  readonly version: string;
  readonly state: 'serves' | 'cordoned' | 'drains' | 'gone' | 'joins';
  /** Absent: it is not in the table. */
  readonly weight?: number | undefined;
  readonly connections: number;
  /** Of the new connections of late, 0…1. */
  readonly share: number;
}

const styles: Readonly<Record<KubeDemoRow['state'], Style>> = {
  serves: 'green',
  cordoned: 'yellow',
  drains: 'yellow',
  gone: 'gray',
  joins: 'cyan',
};
const fixedColumns = 49;

/** At most a dozen lines, none wider than `width`. */
export function kubeDemoFrame(
  { elapsedMs, doing, nodes, delivered, failed }: KubeDemoPicture,
  width: number,
  paint: Paint,
): readonly string[] {
  // One column stays free: a character in the last one makes some terminals wrap.
  const columns = width - 1;
  const cells = Math.max(4, Math.floor((columns - fixedColumns) / 2));
  const most = Math.max(1, ...nodes.map(({ connections }) => connections));
  const largest = Math.max(0.01, ...nodes.map(({ share }) => share));
  const title = `  ${padEndTo('', 27)}weight  ${padEndTo('connections', cells + 6)}of the new ones`;
  return [
    `${paint('bold', 'rolling upgrade')}  ${clock(elapsedMs)}  ${doing}`,
    paint('gray', title),
    ...nodes.map((node) => {
      const { name, version, state, weight, connections, share } = node;
      const shown = paint(styles[state], padEndTo(state, 10));
      const isIn = weight !== undefined;
      return [
        `  ${padEndTo(name, 8)}${padEndTo(version, 9)}${shown}`,
        (isIn ? String(weight) : '-').padStart(6),
        `  ${bar(connections / most, cells)}${String(isIn ? connections : '').padStart(5)} `,
        `${bar(share / largest, cells)}${(isIn ? percent(share) : '').padStart(5)}`,
      ].join('');
    }),
    '',
    `  ${count(delivered, 'connection')}, ${failed === 0 ? 'none' : failed} failed`,
  ].map((line) => cutToColumns(line, columns));
}
