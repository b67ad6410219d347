import type { ServiceKey } from '../domain/address.ts';
import type { DrainEstimate, ServerDrainEstimate } from '../domain/drain-estimate.ts';

/** Of each service the server whose drain takes longest: what cannot be told counts as longest. */
export function slowestOfEach(
  estimates: readonly ServerDrainEstimate[],
): readonly ServerDrainEstimate[] {
  const slowest = new Map<ServiceKey, ServerDrainEstimate>();
  for (const one of estimates) {
    const before = slowest.get(one.service);
    if (!before || slowness(one.estimate) > slowness(before.estimate)) {
      slowest.set(one.service, one);
    }
  }
  return [...slowest.values()];
}

const slowness = (estimate: DrainEstimate): number =>
  estimate.kind === 'unknown' ? Number.POSITIVE_INFINITY : estimate.ms;
