import type { ServerKey } from '../../domain/address.ts';
import type { ServiceSample } from '../../domain/ipvs/ipvs.ts';
import { shortList } from '../../domain/printable.ts';
import type { ServicePlan } from '../../domain/rollout/plan.ts';
import { weightUse } from '../../planner/weights/schedulers.ts';
import type { DirectorState } from '../state/director-state.ts';
import { expectedTarget } from '../state/expected-weights.ts';

type Weights = ReadonlyMap<ServerKey, number>;

/** The smallest difference between two shares that anybody is told of. */
const noticed = 0.01;

/**
 * The shares of new connections that somebody's edit leaves, beside those that the journal means, the largest
 * first: `10.0.0.3:80 92 % (due 50 %), 10.0.0.1:80 8 % (due 50 %)`. Empty where all are as they are due, or
 * the scheduler does not share by weight.
 */
export function sharesNow(
  plan: ServicePlan,
  director: DirectorState,
  { servers, scheduler }: Pick<ServiceSample, 'servers' | 'scheduler'>,
): string {
  const use = weightUse({ scheduler, schedulerFlags: [] });
  if (use !== 'exact' && use !== 'counts-connections') return '';
  const now = sharesOf(new Map([...servers].map(([key, { weight }]) => [key, weight])));
  const due = sharesOf(expectedTarget(plan, director).weights);
  const rows = [...new Set([...now.keys(), ...due.keys()])]
    .map((server) => ({ server, now: now.get(server) ?? 0, due: due.get(server) ?? 0 }))
    .sort((a, b) => b.now - a.now);
  if (rows.every((row) => Math.abs(row.now - row.due) < noticed)) return '';
  return shortList(
    rows
      .filter((row) => row.now > 0 || row.due > 0)
      .map((row) => `${row.server} ${percent(row.now)} (due ${percent(row.due)})`),
  );
}

function sharesOf(weights: Weights): Weights {
  const total = [...weights.values()].reduce((sum, weight) => sum + weight, 0);
  return new Map([...weights].map(([key, weight]) => [key, total === 0 ? 0 : weight / total]));
}

const percent = (share: number): string => `${Math.round(100 * share)} %`;
