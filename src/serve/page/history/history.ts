import type { TimePoint } from '../../../charts/time-chart.ts';
import { inProgress, type RolloutServiceView } from '../../view/rollout-view.ts';
import type { ServedState, ServiceState, State } from '../../view/state.ts';
import { type Counted, countedIn, deliveredShare, serversOf, sum } from '../sums.ts';

/** Values that the page has seen since it was opened; the server keeps none of them. */
export interface History {
  /** Sums over all directors that were up. */
  readonly total: ServicePast;
  /** Services by `tableKey`. */
  readonly services: ReadonlyMap<string, ServicePast>;
  /** Rollouts by `pastKey`. */
  readonly rollouts: ReadonlyMap<string, RolloutPast>;
}

export interface ServicePast {
  /** New connections a second. */
  readonly rate: readonly TimePoint[];
  readonly active: readonly TimePoint[];
}

/** The past of one service of a rollout in progress. */
export interface RolloutPast {
  /** The followed servers' part of the new connections. */
  readonly delivered: readonly TimePoint[];
  /** Counts of the last answers. */
  readonly counts: readonly Counted[];
  /** Active connections on the old servers, or where there are none on the new ones. */
  readonly active: readonly TimePoint[];
  readonly inactive: readonly TimePoint[];
}

/** The span that is shown of a service. */
export const keptMs = 10 * 60_000;

/** Two intervals of the kernel's estimator (ip_vs_est.c), whose totals do not change in between. */
const windowMs = 4_000;
/** The age of the kernel's totals, on average. */
const lagMs = 1_000;

const nothingYet: RolloutPast = { delivered: [], counts: [], active: [], inactive: [] };
const nothing: ServicePast = { rate: [], active: [] };
export const emptyHistory: History = { total: nothing, services: new Map(), rollouts: new Map() };

export const pastKey = (rollout: string, { director, service }: RolloutServiceView): string =>
  `${rollout} ${director} ${service}`;

/** The key of one service in the table of one director. */
export const tableKey = (director: string, service: string): string => `${director} ${service}`;

/** Adds one answer; while a director is down there is a gap. */
export function remember(history: History, state: State): History {
  const { atMs, directors } = state;
  if (atMs <= (history.total.rate.at(-1)?.[0] ?? 0)) return history;
  const up = directors.filter((one) => one.up);
  const all = up.flatMap(({ services }) => services);
  return {
    total: {
      rate: grown(history.total.rate, [atMs, up.length > 0 ? sum(all, rateOf) : null]),
      active: grown(history.total.active, [atMs, up.length > 0 ? sum(all, activeOf) : null]),
    },
    services: new Map(directors.flatMap((one) => servicePasts(history.services, one, atMs))),
    rollouts: rolloutPasts(history.rollouts, state),
  };
}

function servicePasts(
  before: History['services'],
  { director, up, services }: ServedState,
  atMs: number,
): readonly (readonly [string, ServicePast])[] {
  if (up) {
    return services.map((service) => {
      const key = tableKey(director, service.service);
      return [key, servicePast(before.get(key), atMs, service)];
    });
  }
  return [...before]
    .filter(([key]) => key.startsWith(tableKey(director, '')))
    .map(([key, past]) => [key, servicePast(past, atMs)]);
}

const rateOf = ({ rates }: ServiceState): number => rates.connectionsPerS;
const activeOf = ({ servers }: ServiceState): number => sum(servers, (one) => one.activeConn);

const grown = (points: readonly TimePoint[], point: TimePoint): readonly TimePoint[] =>
  recent(appended(points, point), keptMs);

const servicePast = (
  before: ServicePast = nothing,
  atMs: number,
  service?: ServiceState,
): ServicePast => ({
  rate: grown(before.rate, [atMs, service ? rateOf(service) : null]),
  active: grown(before.active, [atMs, service ? activeOf(service) : null]),
});

function rolloutPasts(before: History['rollouts'], state: State): History['rollouts'] {
  const pasts = new Map<string, RolloutPast>();
  for (const { rollout, services, ...rest } of state.rollouts) {
    if (!inProgress(rest)) continue;
    for (const service of services) {
      const key = pastKey(rollout, service);
      const past = before.get(key) ?? nothingYet;
      const there = state.directors.find((one) => one.director === service.director && one.up);
      pasts.set(key, there ? rolloutPast(past, service, there, state.atMs) : past);
    }
  }
  return pasts;
}

function rolloutPast(
  past: RolloutPast,
  service: RolloutServiceView,
  there: ServedState,
  atMs: number,
): RolloutPast {
  const seen = serversOf(service, there);
  const leaving = service.servers.some(({ role }) => role === 'old') ? 'old' : 'new';
  const followed = seen.filter(({ role }) => role === leaving).map(({ now }) => now);
  const counted = countedIn(seen, atMs);
  const before = past.counts.findLast((one) => atMs - one.atMs >= windowMs);
  const theirs = seen.filter(({ role }) => role === service.shareOf).map(({ server }) => server);
  return {
    counts: [...past.counts.filter((one) => atMs - one.atMs < 2 * windowMs), counted],
    delivered: before
      ? appended(past.delivered, [
          (before.atMs + atMs) / 2 - lagMs,
          deliveredShare(before, counted, new Set(theirs)),
        ])
      : past.delivered,
    active: appended(past.active, [atMs, sum(followed, (now) => now?.activeConn ?? 0)]),
    inactive: appended(past.inactive, [atMs, sum(followed, (now) => now?.inActConn ?? 0)]),
  };
}

/** The most points, as many as a chart is wide; the older half is then made half as dense. */
export const mostPoints = 1_200;

/**
 * Adds a point at the end. A page that is left open for weeks keeps the shape of all it saw and no
 * more than `mostPoints` of it: the newest as they came, older ones ever sparser. Gaps stay.
 */
export function appended(
  points: readonly TimePoint[],
  point: TimePoint,
  most = mostPoints,
): readonly TimePoint[] {
  if (points.length < most) return [...points, point];
  const half = points.length >> 1;
  const sparser = points
    .slice(0, half)
    .filter(
      ([, value], index) => index % 2 === 0 || (value === null && points[index - 1]?.[1] !== null),
    );
  return [...sparser, ...points.slice(half), point];
}

/** Points of the last `spanMs` before the newest. */
export function recent(points: readonly TimePoint[], spanMs: number): readonly TimePoint[] {
  const last = points.at(-1);
  if (!last) return points;
  const from = points.findIndex(([atMs]) => atMs >= last[0] - spanMs);
  return points.slice(from);
}
