import { type ServerKey, type ServiceKey, serverKey } from '../../src/domain/address.ts';
import type { Health } from '../../src/guard/decide/health.ts';
import { createAnswerTimes } from '../../src/guard/seen/answer-times.ts';
import type { GuardNow, ServiceStanding } from '../../src/guard/seen/guard-metrics.ts';

const web = 'tcp/10.0.0.100:80' as ServiceKey;

export const healthOf = (passed: boolean, askedMs = 1_500): Health => ({
  verdict: passed ? 'up' : 'down',
  streak: { passed, count: 3, sinceMs: 1_000, askedMs, detail: 'x' },
  downsMs: [],
});

export const serviceStanding = (more: Partial<ServiceStanding> = {}): ServiceStanding => ({
  service: web,
  health: new Map<ServerKey, Health>([
    [serverKey('10.0.0.1', 80), healthOf(true)],
    [serverKey('10.0.0.2', 80), healthOf(false)],
    [serverKey('10.0.0.3', 80), { verdict: 'unknown', downsMs: [] }],
  ]),
  falls: new Map([[serverKey('10.0.0.2', 80), 2]]),
  keptFor: new Map([[serverKey('10.0.0.2', 80), 'min-serving'] as const]),
  ...{ looksDead: false, isLeftToRollout: false, standIns: 0 },
  ...more,
});

/** A guard with everything that there is a metric of. */
export function fullGuardNow(): GuardNow {
  const times = createAnswerTimes();
  for (const ms of [0.4, 7, 1_000]) times.add(ms);
  return {
    standings: [
      {
        director: 'local',
        isAlive: true,
        aliveMs: 2_000,
        patienceMs: 15_000,
        turnedMs: 2_000,
        services: [serviceStanding()],
      },
    ],
    times: new Map([[web, times]]),
  };
}
