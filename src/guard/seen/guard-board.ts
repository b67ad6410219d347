import type { DaemonProbes } from '../../daemons/probes.ts';
import type { ServiceKey } from '../../domain/address.ts';
import type { CheckedServer } from '../checkers.ts';
import type { Answer } from '../decide/health.ts';
import { createAnswerTimes } from './answer-times.ts';
import { type GuardStanding, guardMetrics } from './guard-metrics.ts';

/** What all guards of this process can be asked about themselves. */
export interface GuardBoard extends DaemonProbes {
  /** Hears each answer once, however many directors it is for. */
  answered(one: CheckedServer, answer: Answer): void;
  join(standing: () => GuardStanding): void;
  /** Whether every guard that has joined goes on. */
  isAlive(): boolean;
  /** Whether the loop of any guard has turned since then: this process does not stand still. */
  hasTurnedSince(timeMs: number): boolean;
  /** `12 servers, 1 down` of all directors, for one line. */
  summary(): string;
}

export function createGuardBoard(): GuardBoard {
  const times = new Map<ServiceKey, ReturnType<typeof createAnswerTimes>>();
  const guards: (() => GuardStanding)[] = [];
  return {
    answered({ guarded: { service, check } }, { askedMs, atMs }) {
      // An agent tells of a weight, not of how fast its server is.
      if (check.kind === 'agent') return;
      let of = times.get(service);
      if (!of) {
        of = createAnswerTimes();
        times.set(service, of);
      }
      of.add(atMs - askedMs);
    },
    join: (standing) => void guards.push(standing),
    isAlive: () => guards.length > 0 && guards.every((standing) => standing().isAlive),
    hasTurnedSince: (timeMs) =>
      guards.some((standing) => (standing().turnedMs ?? Number.NEGATIVE_INFINITY) >= timeMs),
    summary() {
      const all = guards.flatMap((standing) => standing().services);
      const verdicts = all.flatMap(({ health }) => [...health.values()].map((one) => one.verdict));
      const down = verdicts.filter((one) => one === 'down').length;
      return `${verdicts.length} servers, ${down} down`;
    },
    metrics: () => guardMetrics({ standings: guards.map((standing) => standing()), times }),
    unknown: () =>
      guards.flatMap((standing) => {
        const { director, isAlive } = standing();
        return isAlive ? [] : [`the table of ${director}`];
      }),
  };
}
