import type { ServerKey, ServiceKey } from '../../domain/address.ts';
import { type FallbackClaim, fallbacksOf } from '../../domain/health/fallback.ts';
import type { GuardConfig } from '../../domain/health/guard.ts';
import type { KeptReason } from '../../domain/health/guard-report.ts';
import { blankMemory, type ServiceMemory } from '../decide/service-view.ts';
import type { HealthBook } from '../health-book.ts';
import type { GuardStanding } from './guard-metrics.ts';

interface Facts {
  readonly director: string;
  readonly nowMs: number;
  readonly config: GuardConfig;
  readonly turnedMs: number | undefined;
  readonly listedMs: number;
  readonly health: Pick<HealthBook, 'of' | 'falls' | 'down'>;
  readonly memories: ReadonlyMap<ServiceKey, ServiceMemory>;
  readonly rollouts: ReadonlyMap<ServiceKey, string>;
  readonly fallbacks: readonly FallbackClaim[];
}

/** A guard that has missed so many listings is not alive: 15 s at the usual `poll`. */
const missedPolls = 3;
/** A listing may take its time, however often it is asked for. */
const shortestPatienceMs = 15_000;

export function standingOf(facts: Facts): GuardStanding {
  const { director, nowMs, config, turnedMs, listedMs, health, memories, rollouts } = facts;
  const serving = facts.fallbacks.filter(({ leavingMs }) => leavingMs === undefined);
  const patienceMs = Math.max(shortestPatienceMs, missedPolls * config.pollMs);
  const aliveMs = Math.min(listedMs, turnedMs ?? Number.NEGATIVE_INFINITY);
  return {
    director,
    ...{ isAlive: nowMs - aliveMs <= patienceMs, aliveMs, patienceMs },
    turnedMs,
    services: config.services.map(({ service }) => {
      const memory = memories.get(service) ?? blankMemory;
      const standIns = fallbacksOf(serving, service).size;
      return {
        ...{ service, looksDead: memory.looksDead, standIns },
        keptFor: keptFor(memory, standIns > 0 ? new Set() : health.down(service)),
        health: health.of(service),
        falls: health.falls(service),
        isLeftToRollout: rollouts.has(service),
      };
    }),
  };
}

/** What keeps servers in; while everything looks dead that keeps all that are down and have weight. */
function keptFor(
  { kept, floored = [], looksDead, known }: ServiceMemory,
  down: ReadonlySet<ServerKey>,
): ReadonlyMap<ServerKey, KeptReason> {
  const found = new Map<ServerKey, KeptReason>();
  for (const server of looksDead ? down : [])
    if ((known.get(server) ?? 0) > 0) found.set(server, 'all-dead');
  for (const server of kept)
    found.set(server, floored.includes(server) ? 'min-serving' : 'min-healthy');
  return found;
}
