import type { ServiceKey } from '../domain/address.ts';
import type { Failure } from '../domain/failure.ts';
import type { GuardedService } from '../domain/guard.ts';
import type { RealServer } from '../domain/ipvs.ts';
import type { Gate, GateAnswer, GateContext } from '../rollout/ports.ts';
import type { GuardDeps } from './guard-ports.ts';
import type { Answer } from './health.ts';

export interface CheckedServer {
  readonly guarded: GuardedService;
  readonly server: RealServer;
}

export interface Checkers {
  /** From now on exactly these are asked; who was asked already goes on in its own rhythm. */
  keep(wanted: readonly CheckedServer[]): void;
  stop(): void;
}

export interface CheckerDeps extends Pick<GuardDeps, 'clock' | 'random' | 'createCheck'> {
  heard(one: CheckedServer, answer: Answer): void;
  /** There is no way to ask this server: it is left alone. */
  cannotAsk(service: ServiceKey, failure: Failure): void;
}

/** So much earlier than the interval, at most: never later, so that `fall` intervals are enough. */
const jitter = 0.1;

/**
 * One loop for each server: asks, waits for the answer or the timeout, and only then for the next
 * turn. So a server that hangs has one question open, however short the interval is, and hundreds of
 * servers are hundreds of sockets in this process.
 */
export function createCheckers(deps: CheckerDeps): Checkers {
  const running = new Map<string, AbortController>();
  return {
    keep(wanted) {
      const byId = new Map(wanted.map((one) => [idOf(one), one]));
      for (const [id, controller] of running) {
        if (byId.has(id)) continue;
        controller.abort();
        running.delete(id);
      }
      for (const [id, one] of byId) {
        if (running.has(id)) continue;
        const controller = new AbortController();
        running.set(id, controller);
        void keepAsking(deps, one, controller.signal);
      }
    },
    stop() {
      for (const controller of running.values()) controller.abort();
      running.clear();
    },
  };
}

/** Whoever is asked in another way is another one. */
const idOf = ({ guarded, server }: CheckedServer): string =>
  JSON.stringify([guarded.service, server.key, guarded.check, guarded.timing]);

async function keepAsking(deps: CheckerDeps, one: CheckedServer, stop: AbortSignal): Promise<void> {
  const { clock, random } = deps;
  const { service, check, timing } = one.guarded;
  const created = await deps.createCheck(check, one.server);
  if (!created.ok) return deps.cannotAsk(service, created.failure);
  let dueMs = clock.nowMs() + random() * timing.intervalMs;
  for (;;) {
    await clock.sleepUntil(dueMs, stop);
    if (stop.aborted) return;
    const askedMs = clock.nowMs();
    const { passed, detail } = await askInTime(deps, created.value, one, stop);
    if (stop.aborted) return;
    deps.heard(one, { passed, detail, askedMs, atMs: clock.nowMs() });
    dueMs = askedMs + timing.intervalMs * (1 - jitter * random());
  }
}

async function askInTime(
  { clock }: CheckerDeps,
  gate: Gate,
  { guarded, server }: CheckedServer,
  stop: AbortSignal,
): Promise<GateAnswer> {
  const giveUp = new AbortController();
  const answered = new AbortController();
  const stopped = (): void => giveUp.abort();
  stop.addEventListener('abort', stopped);
  void clock
    .sleepUntil(clock.nowMs() + guarded.timing.timeoutMs, answered.signal)
    .then(() => giveUp.abort());
  try {
    return await gate.ask(aboutServer(server), giveUp.signal);
  } finally {
    answered.abort();
    stop.removeEventListener('abort', stopped);
  }
}

/** What a command check learns from its environment: `DRAIN_TO` is the server. */
const aboutServer = ({ key }: RealServer): GateContext => ({
  rollout: 'guard',
  step: 0,
  of: 0,
  movedFraction: 0,
  from: [],
  to: [key],
});
