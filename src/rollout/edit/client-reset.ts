import type { EventBody } from '../../domain/events/event.ts';
import { type Failure, ok, type Result } from '../../domain/failure.ts';
import { shortList } from '../../domain/printable.ts';
import { drainingServers } from '../observe/draining-servers.ts';
import { directorNamed, type EngineView } from '../observe/list-directors.ts';
import type { JournalBody } from '../state/journal.ts';

/** The setting with which the kernel drops the connections of a server that is removed. */
const dropping = 'expire_nodest_conn';
/** The kernel drops them beside the removal, in a moment that grows with its table. */
const patienceMs = 3_000;
const pollMs = 100;
const clientsNamed = 5;

/** The part of the engine that a reset of clients needs. */
export interface Resetting {
  world(): EngineView;
  /** Writes entries; `false` where the journal took none. */
  record(...entries: readonly JournalBody[]): Promise<boolean>;
  emit(event: EventBody): void;
  failed(director: string, failure: Failure): void;
}

/** Has directors reset the clients of servers that are removed next; the journal has what was set before. */
export async function resetClients(engine: Resetting, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const ready = await readyToReset(engine.world(), name);
    if (!ready.ok) {
      engine.failed(name, notSet(ready.failure));
      continue;
    }
    const { before, events } = ready.value;
    if (!(await engine.record({ type: 'setting-borrowed', director: name, before }))) return;
    const set = await setTo(engine.world(), { name, now: before, wanted: 1 });
    if (set.ok) for (const event of events) engine.emit(event);
    else if (await engine.record(returned(name))) engine.failed(name, notSet(set.failure));
  }
}

/** Puts the setting of directors back, once the connections of removed servers are gone. */
export async function giveBack(engine: Resetting, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const set = await stopResetting(engine.world(), name);
    if (!set.ok) engine.failed(name, notSet(set.failure));
    else if (!(await engine.record(returned(name)))) return;
  }
}

/** A director that is about to reset clients, and those that it will reset. */
interface ReadyToReset {
  readonly name: string;
  readonly before: number;
  readonly events: readonly EventBody[];
}

/** Reads the setting of a director, and the clients of the servers that it is about to lose. */
async function readyToReset(world: EngineView, name: string): Promise<Result<ReadyToReset>> {
  const director = directorNamed(world, name);
  const { sysctls } = await director.facts({ version: false });
  const before = sysctls.get(dropping);
  if (before === undefined || !director.setSysctl) return { ok: false, failure: unknownSetting };
  const table = await director.connections();
  const entries = table.ok ? table.value.entries : [];
  const leaving = drainingServers(world.state).filter(({ directors }) => directors.includes(name));
  const events = leaving.flatMap(({ service, server }): readonly EventBody[] => {
    const clients = new Map<string, number>();
    for (const { client, server: at } of entries) {
      if (at === server && client.port !== 0)
        clients.set(client.address, (clients.get(client.address) ?? 0) + 1);
    }
    return clients.size === 0
      ? []
      : [
          {
            type: 'warning',
            code: 'clients-reset',
            service,
            message: words(server, name, clients),
          },
        ];
  });
  return ok({ name, before, events });
}

/** `10.0.0.1:80 on lb1: 14 connections of 2 clients are reset at the drain deadline: 192.0.2.1 (9), …`. */
function words(server: string, director: string, clients: ReadonlyMap<string, number>): string {
  const most = [...clients].sort(([, a], [, b]) => b - a);
  const connections = most.reduce((sum, [, count]) => sum + count, 0);
  const named = most.map(([address, count]) => `${address} (${count})`);
  return `${server} on ${director}: ${connections} connections of ${clients.size} clients are reset at the drain deadline: ${shortList(named, clientsNamed)}`;
}

/** Waits until the kernel has dropped what was on removed servers, and puts the setting back. */
async function stopResetting(world: EngineView, name: string): Promise<Result<void>> {
  const before = world.state.directors.get(name)?.borrowed;
  if (before === undefined) return ok(undefined);
  const removed = world.state.directors.get(name)?.removed ?? new Set();
  const gone = new Set<string>(
    drainingServers(world.state).flatMap(({ key, server }) => (removed.has(key) ? [server] : [])),
  );
  const untilMs = world.clock.nowMs() + patienceMs;
  while (gone.size > 0 && world.clock.nowMs() < untilMs) {
    const table = await directorNamed(world, name).connections();
    if (!table.ok || !table.value.entries.some(({ server }) => gone.has(server))) break;
    await world.clock.sleepUntil(world.clock.nowMs() + pollMs);
  }
  return setTo(world, { name, now: 1, wanted: before });
}

async function setTo(
  world: EngineView,
  { name, now, wanted }: { readonly name: string; readonly now: number; readonly wanted: number },
): Promise<Result<void>> {
  if (now === wanted) return ok(undefined);
  const set = await directorNamed(world, name).setSysctl?.(dropping, wanted);
  return set ?? { ok: false, failure: unknownSetting };
}

/** A failure that the decision whether to try again knows by its tag. */
const notSet = (failure: Failure): Failure => ({ ...failure, code: 'setting-not-set' });

const returned = (director: string): JournalBody => ({ type: 'setting-returned', director });

const unknownSetting: Failure = {
  kind: 'director',
  what: `clients cannot be reset: net.ipv4.vs.${dropping} cannot be read or set from here`,
  next: 'give --on-timeout remove, or an --ipvsadm whose words before ipvsadm lead to the machine',
};
