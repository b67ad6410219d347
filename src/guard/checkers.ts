import type { ServiceKey } from '../domain/address.ts';
import type { Failure, Result } from '../domain/failure.ts';
import type { GuardCheck, GuardedService } from '../domain/health/guard.ts';
import type { Clock, Gate } from '../rollout/ports.ts';
import { type AskedServer, askInTime } from './ask-in-time.ts';
import type { Answer } from './decide/health.ts';

export interface CheckedServer {
  readonly guarded: Pick<GuardedService, 'service' | 'check' | 'timing'>;
  readonly server: AskedServer;
}

/** The checks of all guards of this process: a server of several guards is asked once. */
export interface CheckerPool {
  join(hearer: Hearer): Checkers;
}

export interface Hearer {
  heard(one: CheckedServer, answer: Answer): void;
  /** Reports that there is no way to ask this server, which is left alone. */
  cannotAsk(service: ServiceKey, failure: Failure): void;
}

/** The checks that one guard hears. */
export interface Checkers {
  /** Checks from now on exactly these servers; a server that was checked keeps its rhythm. */
  keep(wanted: readonly CheckedServer[]): void;
  /** Stops all of these checks for good. */
  stop(): void;
}

export interface CheckerDeps {
  readonly clock: Clock;
  /** A number from 0 up to 1 that spreads the checks over their interval. */
  random(): number;
  createCheck(check: GuardCheck, server: AskedServer): Promise<Result<Gate>>;
  /** A place in the turns of the process's loop, where many are due at once; `undefined` is at once. */
  readonly turn?: (() => Promise<void> | undefined) | undefined;
  /** Hears each answer once, whoever else does. */
  answered?(one: CheckedServer, answer: Answer): void;
}

/** The questions to one server, for as long as any guard hears the answers. */
interface Loop {
  readonly one: CheckedServer;
  readonly hearers: Set<Hearer>;
  readonly stop: AbortController;
  failure?: Failure;
}

/** The share of the interval by which a check may be early; never late, for `fall` to be enough. */
const jitter = 0.1;

/**
 * Creates a pool with one loop for each server: the loop asks, waits for the answer or the timeout,
 * and then for the next turn. So a server that hangs has one question open, however short the
 * interval is, and hundreds of servers are hundreds of sockets in this process; behind three
 * directors they are no more.
 */
export function createCheckerPool(deps: CheckerDeps): CheckerPool {
  const loops = new Map<string, Loop>();
  const begin = (id: string, hearer: Hearer, one: CheckedServer): void => {
    const running = loops.get(id);
    running?.hearers.add(hearer);
    if (running?.failure) hearer.cannotAsk(one.guarded.service, running.failure);
    if (running) return;
    const loop = { one, hearers: new Set([hearer]), stop: new AbortController() };
    loops.set(id, loop);
    void keepAsking(deps, loop);
  };
  const leave = (id: string, hearer: Hearer): void => {
    const loop = loops.get(id);
    loop?.hearers.delete(hearer);
    if (loop?.hearers.size !== 0) return;
    loop.stop.abort();
    loops.delete(id);
  };
  return {
    join(hearer) {
      let mine = new Set<string>();
      let isOver = false;
      const keep = (wanted: readonly CheckedServer[]): void => {
        const byId = new Map(wanted.map((one) => [idOf(one), one]));
        for (const id of mine) if (!byId.has(id)) leave(id, hearer);
        for (const [id, one] of byId) if (!mine.has(id)) begin(id, hearer, one);
        mine = new Set(byId.keys());
      };
      return {
        keep: (wanted) => isOver || keep(wanted),
        stop() {
          keep([]);
          isOver = true;
        },
      };
    },
  };
}

/** The identity of a question: a server that is asked in another way is another one. */
export const idOf = ({ guarded, server }: CheckedServer): string =>
  JSON.stringify([guarded.service, server.key, guarded.check, guarded.timing]);

async function keepAsking(deps: CheckerDeps, loop: Loop): Promise<void> {
  const { clock, random } = deps;
  const { one, hearers } = loop;
  const stop = loop.stop.signal;
  const { service, check, timing } = one.guarded;
  const created = await deps.createCheck(check, one.server);
  if (!created.ok) {
    loop.failure = created.failure;
    for (const hearer of hearers) hearer.cannotAsk(service, created.failure);
    return;
  }
  let dueMs = clock.nowMs() + random() * timing.intervalMs;
  for (;;) {
    await clock.sleepUntil(dueMs, stop);
    const turn = deps.turn?.();
    if (turn) await turn;
    if (stop.aborted) return;
    const askedMs = clock.nowMs();
    const question = { gate: created.value, server: one.server, timing };
    const { passed, detail, endpoints } = await askInTime(clock, question, stop);
    if (stop.aborted) return;
    const answer = { passed, detail, endpoints, askedMs, atMs: clock.nowMs() };
    deps.answered?.(one, answer);
    for (const hearer of hearers) hearer.heard(one, answer);
    dueMs = askedMs + timing.intervalMs * (1 - jitter * random());
  }
}
