import type { ServedState } from '../view/state.ts';
import { count, shortCount } from './words.ts';

export interface HostFigure {
  readonly name: string;
  readonly value: string;
}

/** Figures of the director's machine, as far as they can be read there and say something. */
export function hostFigures({
  conntrack,
  softnet,
  connectionSlab,
}: ServedState['host']): readonly HostFigure[] {
  const figures: HostFigure[] = [];
  if (connectionSlab) {
    const mebibytes = (connectionSlab.objects * connectionSlab.objectBytes) / 2 ** 20;
    figures.push({ name: 'connection table', value: `${count(Math.ceil(mebibytes))} MiB` });
  }
  const { entries, maxEntries } = conntrack ?? {};
  if (entries !== undefined && maxEntries !== undefined) {
    figures.push({ name: `conntrack, of ${shortCount(maxEntries)}`, value: count(entries) });
  }
  const dropped = (softnet?.dropped ?? 0) + (conntrack?.dropped ?? 0);
  if (softnet || conntrack) {
    figures.push({ name: 'packets dropped', value: count(dropped) });
  }
  return figures;
}
