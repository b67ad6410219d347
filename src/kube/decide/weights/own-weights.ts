import type { ServerKey } from '../../../domain/address.ts';
import { maxWeight, type RealServer, totalWeight } from '../../../domain/ipvs/ipvs.ts';
import { apportion } from '../../../planner/weights/apportion.ts';

/** The weight of one endpoint, or of a server that is like all others: fine enough for a ramp. */
export const unitWeight = 100;

/** A server with the weight that it has when it is wholly in, and the part of that it has now. */
export interface Portion {
  readonly server: ServerKey;
  readonly base: number;
  readonly fraction: number;
}

/**
 * The weight of a unit of capacity, on which all shares are exact: 100, or less where the largest would be
 * more than a weight can be. Below one proportions are rounded.
 */
export function unitFor(capacities: readonly { readonly capacity: number }[]): number {
  let most = 1;
  for (const { capacity } of capacities) most = Math.max(most, capacity);
  const unit = Math.min(unitWeight, maxWeight / most);
  return unit >= 1 ? Math.floor(unit) : unit;
}

/** The weight of a server that is wholly in; nobody is rounded away. */
export const baseWeight = (capacity: number, unit: number): number =>
  capacity <= 0 ? 0 : Math.max(1, Math.round(capacity * unit));

/**
 * Weights of own servers. Beside servers of others they have a pot together, whoever of them is in, so
 * that the share of the others is always the same; alone each has its part of its own base weight.
 */
export function ownWeights(
  portions: readonly Portion[],
  pot: number | undefined,
): ReadonlyMap<ServerKey, number> {
  const parts = portions.map(({ base, fraction }) => base * fraction);
  if (pot === undefined || parts.every((part) => part === 0)) {
    return new Map(
      portions.map(({ server }, i) => {
        const part = parts[i] ?? 0;
        return [server, part === 0 ? 0 : Math.max(1, Math.round(part))] as const;
      }),
    );
  }
  const weights = apportion(pot, parts);
  return new Map(portions.map(({ server }, i) => [server, weights[i] ?? 0] as const));
}

/**
 * The pot of own servers beside others: what they have together now; and where they have nothing yet,
 * for each of them as much as the others have on average, `[100, 50]` beside three own ones is 225.
 */
export function potBeside(
  others: readonly Pick<RealServer, 'weight'>[],
  own: { readonly now: number; readonly servers: number },
): number {
  const serving = others.filter(({ weight }) => weight > 0);
  if (own.now > 0) return own.now;
  const mean = totalWeight(serving) / Math.max(1, serving.length);
  return Math.min(maxWeight, Math.max(own.servers, Math.round(mean * own.servers)));
}
