/**
 * Computes how much weight each new server gains when the whole of `gain` has moved. `existing` are
 * the weights that these servers hold, `capacities` those asked for (`--to S=SHARE`), one each.
 *
 * The final weights are in the ratio of the capacities, as far as nobody has to give weight up:
 * existing [30, 0], capacities [1, 1], gain 30 gives gains [0, 30]; existing [50, 0], gain 30 gives
 * [0, 30] as well. Without capacities, servers that all hold weight keep their ratio, and otherwise
 * all count the same.
 */
export function gainsOf(
  gain: number,
  existing: readonly number[],
  capacities: readonly (number | undefined)[],
): readonly number[] {
  const shares = resolveCapacities(existing, capacities);
  let filling = shares.map((share, index) => ({ share, index, held: existing[index] ?? 0 }));
  for (;;) {
    const total = gain + filling.reduce((sum, server) => sum + server.held, 0);
    const perShare = total / filling.reduce((sum, server) => sum + server.share, 0);
    const full = filling.filter((server) => server.held > server.share * perShare + 1e-9);
    if (full.length === 0) {
      const gains = shares.map(() => 0);
      for (const { index, share, held } of filling) {
        gains[index] = Math.max(0, share * perShare - held);
      }
      return gains;
    }
    filling = filling.filter((server) => !full.includes(server));
  }
}

/** The relative capacities in force: see `gainsOf`. */
export function resolveCapacities(
  existing: readonly number[],
  capacities: readonly (number | undefined)[],
): readonly number[] {
  const asked = capacities.some((capacity) => capacity !== undefined);
  if (!asked && existing.every((weight) => weight > 0)) return existing;
  return capacities.map((capacity) => capacity ?? 1);
}
