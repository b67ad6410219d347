import type { ServerKey, ServiceKey } from '../domain/address.ts';
import type { GuardEventBody } from '../domain/events/guard-event.ts';
import { findServer, findService, type Snapshot } from '../domain/ipvs/ipvs.ts';
import type { CheckedServer } from './checkers.ts';
import { type Answer, riseOf } from './decide/health.ts';
import type { Folder } from './decide/maintenance.ts';
import { outReason } from './decide/out-reason.ts';
import type { GuardWorld } from './guard-view.ts';
import type { HealthBook } from './health-book.ts';

export interface Heard {
  /** Absent where nobody wants to hear of it. */
  readonly event?: GuardEventBody;
  /** Whether there may be something to decide: at once, or as soon as there is time for it. */
  readonly wakes: 'now' | 'soon' | 'not';
}

/** Servers that a rest of a millisecond allows for: a guard of 5,000 decides for answers alone ten times a second. */
const serversPerRestMs = 50;

/** The rest after a turn of the loop, before an answer that is no news has it turn again. */
export const restMs = (world: Pick<GuardWorld, 'snapshot'> | undefined): number =>
  Math.floor(
    (world?.snapshot.services ?? []).reduce((sum, { servers }) => sum + servers.length, 0) /
      serversPerRestMs,
  );

interface Known {
  readonly world: GuardWorld | undefined;
  readonly health: HealthBook;
  readonly folder: Folder;
}

/** Records an answer, and tells what is new by it. */
export function hearAnswer(
  { world, health, folder }: Known,
  { guarded: { service, timing }, server }: CheckedServer,
  answer: Answer,
): Heard {
  const { before, after } = health.hear(service, server.key, answer, timing);
  const isNews = after.verdict !== before.verdict;
  const turned = after.streak?.passed !== before.streak?.passed;
  const isWaitedFor = !isNews && !turned && waitsForWitness(world, health, service);
  const wakes = isNews || turned ? 'now' : isWaitedFor ? 'soon' : 'not';
  const isOut = (): boolean =>
    world?.marks.some((mark) => mark.service === service && mark.server === server.key) ?? false;
  if (!isNews || (after.verdict !== 'down' && before.verdict !== 'down' && !isOut()))
    return { wakes };
  const type = after.verdict === 'down' ? 'server-down' : 'server-up';
  const { detail } = answer;
  const live = world && findService(world.snapshot, service);
  const now = live && findServer(live, server.key);
  const out = world && now ? outReason(world, folder, { service, server: now }) : undefined;
  return {
    wakes,
    event: { type, service, server: server.key, detail, rise: riseOf(after, timing), out },
  };
}

/**
 * Tells whether a server that is down has weight still, so that any answer may be the one that its verdict waits
 * for. Costs what is down, not what is there: a guard hears thousands of answers a second.
 */
function waitsForWitness(
  world: GuardWorld | undefined,
  health: HealthBook,
  service: ServiceKey,
): boolean {
  const down = health.down(service);
  if (!world || down.size === 0) return false;
  const weights = weightsIn(world.snapshot, service);
  for (const server of down) if ((weights.get(server) ?? 0) > 0) return true;
  return false;
}

/** The weights of a listing by service, made once for each: listings are never changed. */
const indexed = new WeakMap<Snapshot, Map<ServiceKey, ReadonlyMap<ServerKey, number>>>();

function weightsIn(snapshot: Snapshot, service: ServiceKey): ReadonlyMap<ServerKey, number> {
  const index = indexed.get(snapshot) ?? new Map<ServiceKey, ReadonlyMap<ServerKey, number>>();
  indexed.set(snapshot, index);
  const known = index.get(service);
  if (known) return known;
  const live = findService(snapshot, service);
  const weights = new Map((live?.servers ?? []).map(({ key, weight }) => [key, weight] as const));
  index.set(service, weights);
  return weights;
}
