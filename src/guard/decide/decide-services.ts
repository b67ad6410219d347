import type { ServiceKey } from '../../domain/address.ts';
import type { GuardedService } from '../../domain/health/guard.ts';
import { findService } from '../../domain/ipvs/ipvs.ts';
import type { AgentBook } from '../agents/agent-book.ts';
import { countedFloor, type GuardWorld, keptOut, marksOf } from '../guard-view.ts';
import type { HealthBook } from '../health-book.ts';
import { decideService } from './decide-guard.ts';
import { type Folder, isNamed } from './maintenance.ts';
import { blankMemory, type Decisions, type ServiceMemory } from './service-view.ts';

/** A guard's knowledge of its director. */
export interface Known {
  readonly world: GuardWorld;
  readonly health: Pick<HealthBook, 'of'>;
  readonly agents?: Pick<AgentBook, 'of'>;
  readonly folder: Folder;
  readonly memories: ReadonlyMap<ServiceKey, ServiceMemory>;
  readonly nowMs: number;
}

/** Decides about each of these services; a service that is not in the table gets no decision. */
export const decideServices = (
  services: readonly GuardedService[],
  { world, health, agents, folder, memories, nowMs }: Known,
): Decisions =>
  new Map(
    services.flatMap((guarded) => {
      const { service } = guarded;
      const live = findService(world.snapshot, service);
      if (!live) return [];
      const decision = decideService({
        guarded,
        live,
        nowMs,
        health: health.of(service),
        agents: agents?.of(guarded),
        marks: marksOf(world, service, 'health'),
        operatorOut: keptOut(world, service),
        maintenance: new Set(
          live.servers.filter((one) => isNamed(folder, one)).map(({ key }) => key),
        ),
        memory: memories.get(service) ?? blankMemory,
        floor: countedFloor(world, guarded.floor, live),
      });
      return [[service, decision] as const];
    }),
  );
