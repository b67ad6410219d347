import type { Diagnostic } from '../../../domain/failure.ts';
import { maxWeight, totalWeight } from '../../../domain/ipvs/ipvs.ts';
import type { DrainRequest } from '../../../domain/rollout/plan.ts';
import type { Selection } from '../../select-services.ts';
import { apportion, gcdOf } from '../../weights/apportion.ts';
import { gainsOf, resolveCapacities } from '../../weights/final-shares.ts';

/**
 * Refuses shares (`--to S=SHARE`) that the new servers cannot have, because one of them holds more
 * than its share already and no new server gives weight up. Beside an old server of 30, new ones of
 * 0 and 100 cannot end as 2 : 1, for the second would have to fall to 43. What whole weights round
 * away is no reason.
 */
export function examineShares(
  { to, weight }: Pick<DrainRequest, 'to' | 'weight'>,
  { service, old, new: filled }: Selection,
): readonly Diagnostic[] {
  const asked = to.map(({ share }) => share);
  const handedOver = totalWeight(old);
  // `--weight` says what they end with, and is split as asked.
  if (weight !== undefined || handedOver === 0) return [];
  if (asked.every((share) => share === undefined)) return [];
  const existing = filled.map((server) => server.weight);
  const shares = resolveCapacities(existing, asked);
  const total = handedOver + totalWeight(filled);
  const perShare = total / sum(shares);
  const over = filled.find((server, i) => server.weight >= (shares[i] ?? 0) * perShare + 1);
  if (!over) return [];
  const due = (shares[filled.indexOf(over)] ?? 0) * perShare;
  const gained = apportion(handedOver, gainsOf(handedOver, existing, asked));
  const possible = existing.map((held, i) => held + (gained[i] ?? 0));
  const enough = Math.ceil(
    Math.max(...existing.map((held, i) => (held * sum(shares)) / (shares[i] ?? 1))),
  );
  const ways = [
    ...(possible.every((end) => end > 0)
      ? [`use --to ${namedShares(filled, possible)}, which they can have`]
      : []),
    'leave the shares out',
    ...(enough <= maxWeight ? [`give them more in all, with --weight ${enough}`] : []),
  ];
  return [
    {
      severity: 'error',
      code: 'shares-out-of-reach',
      service: service.key,
      message: `the shares --to ${namedShares(filled, shares)} cannot be had: ${over.key} would end with ${rounded(due)} of the ${total} that old and new servers hold, and has ${over.weight} already, which a rollout does not take from a new server`,
      next: ways.length === 1 ? ways.join() : `${ways.slice(0, -1).join(', ')}, or ${ways.at(-1)}`,
    },
  ];
}

/** `10.0.0.2:80=3,10.0.0.3:80=10` for 30 and 100. */
function namedShares(servers: Selection['new'], shares: readonly number[]): string {
  const whole = shares.every(Number.isInteger);
  const divisor = whole ? gcdOf(shares) : 1;
  return servers.map(({ key }, i) => `${key}=${(shares[i] ?? 0) / divisor}`).join(',');
}

const rounded = (weight: number): number => Math.round(weight * 10) / 10;

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
