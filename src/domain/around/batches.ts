/** `--batch`: so many servers at a time, or so much of all of them. */
export type BatchSize =
  | { readonly kind: 'servers'; readonly count: number }
  | { readonly kind: 'percent'; readonly percent: number };

/** `2` or `25%`; `undefined` for anything else, 0 and more than 100 % included. */
export function parseBatchSize(text: string): BatchSize | undefined {
  const [, digits = '', sign] = /^(\d{1,5})(%)?$/.exec(text.trim()) ?? [];
  const amount = Number(digits);
  if (amount < 1) return undefined;
  if (sign === undefined) return { kind: 'servers', count: amount };
  return amount <= 100 ? { kind: 'percent', percent: amount } : undefined;
}

/** Rounds down, as Kubernetes does with maxUnavailable, but never to nothing: 25 % of 7 is 1. */
export const serversPerBatch = (size: BatchSize, total: number): number =>
  size.kind === 'servers' ? size.count : Math.max(1, Math.floor((total * size.percent) / 100));

/** Batches of the items in their order: `batchesOf([a, b, c], 2)` is `[[a, b], [c]]`. */
export function batchesOf<T>(items: readonly T[], size: BatchSize): readonly (readonly T[])[] {
  const most = serversPerBatch(size, items.length);
  const batches: (readonly T[])[] = [];
  for (let from = 0; from < items.length; from += most) {
    batches.push(items.slice(from, from + most));
  }
  return batches;
}
