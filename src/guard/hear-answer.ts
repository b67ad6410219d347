import type { GuardEventBody } from '../domain/events/guard-event.ts';
import { findServer, findService } from '../domain/ipvs/ipvs.ts';
import type { CheckedServer } from './checkers.ts';
import { type Answer, riseOf } from './decide/health.ts';
import type { Folder } from './decide/maintenance.ts';
import { outReason } from './decide/out-reason.ts';
import type { GuardWorld } from './guard-view.ts';
import type { HealthBook } from './health-book.ts';

export interface Heard {
  /** Absent where nobody wants to hear of it. */
  readonly event?: GuardEventBody;
  /** Whether there may be something to decide. */
  readonly wakes: boolean;
}

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
  const wakes = isNews || turned || waitsForWitness(world, health, service);
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

function waitsForWitness(
  world: GuardWorld | undefined,
  health: HealthBook,
  service: CheckedServer['guarded']['service'],
): boolean {
  const live = world && findService(world.snapshot, service);
  const known = health.of(service);
  return (live?.servers ?? []).some(
    ({ key, weight }) => weight > 0 && known.get(key)?.verdict === 'down',
  );
}
