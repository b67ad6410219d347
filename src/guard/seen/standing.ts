import type { ServiceKey } from '../../domain/address.ts';
import { type FallbackClaim, fallbacksOf } from '../../domain/health/fallback.ts';
import type { GuardConfig } from '../../domain/health/guard.ts';
import type { ServiceMemory } from '../decide/service-view.ts';
import type { HealthBook } from '../health-book.ts';
import type { GuardStanding } from './guard-metrics.ts';

interface Facts {
  readonly director: string;
  readonly nowMs: number;
  readonly config: GuardConfig;
  readonly turnedMs: number | undefined;
  readonly listedMs: number;
  readonly health: Pick<HealthBook, 'of' | 'falls'>;
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
  return {
    director,
    isAlive: nowMs - Math.min(listedMs, turnedMs ?? Number.NEGATIVE_INFINITY) <= patienceMs,
    turnedMs,
    services: config.services.map(({ service }) => {
      const { looksDead = false, kept = [] } = memories.get(service) ?? {};
      return {
        ...{ service, looksDead, kept: kept.length },
        health: health.of(service),
        falls: health.falls(service),
        isLeftToRollout: rollouts.has(service),
        standIns: fallbacksOf(serving, service).size,
      };
    }),
  };
}
