import { type ServerKey, type ServiceKey, splitServerKey } from '../../domain/address.ts';
import type { GuardedService } from '../../domain/health/guard.ts';
import { findService, type VirtualService } from '../../domain/ipvs/ipvs.ts';
import type { AgentBook } from '../agents/agent-book.ts';
import { countedFloor, type GuardWorld, keptOut, marksOf, ownService } from '../guard-view.ts';
import type { HealthBook } from '../health-book.ts';
import { decideService } from './decide-guard.ts';
import { keyOf } from './fallback.ts';
import { type Folder, isNamed } from './maintenance.ts';
import {
  blankMemory,
  type Decisions,
  type FallbackView,
  type ServiceMemory,
} from './service-view.ts';

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
      const live = ownService(world, service);
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
        fallback: fallbackView(guarded, live, { world, folder }),
      });
      return [[service, decision] as const];
    }),
  );

function fallbackView(
  guarded: GuardedService,
  live: VirtualService,
  { world, folder }: Pick<Known, 'world' | 'folder'>,
): FallbackView | undefined {
  const { service, fallback = [] } = guarded;
  const claim = world.fallbacks.find((one) => one.service === service);
  if (!claim && fallback.length === 0) return undefined;
  const all = findService(world.snapshot, service)?.servers ?? [];
  const servers = all.filter(({ key }) => claim?.servers.includes(key));
  const open = world.openOnFallback?.get(service) ?? new Map<ServerKey, number>();
  const out = new Set(keptOut(world, service));
  for (const one of fallback) {
    const key = keyOf(one, { live });
    if (isNamed(folder, splitServerKey(key))) out.add(key);
  }
  for (const server of servers) if (isNamed(folder, server)) out.add(server.key);
  return { claim, servers, open, out };
}
