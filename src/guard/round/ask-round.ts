import type { Result } from '../../domain/failure.ts';
import type { Clock } from '../../rollout/ports.ts';
import { askInTime } from '../ask-in-time.ts';
import { type CheckedServer, type CheckerDeps, idOf } from '../checkers.ts';

/** The last answer of one server in a round of `drain guard --once`. */
export interface RoundAnswer {
  readonly passed: boolean;
  readonly detail: string;
  /** The questions that it took. */
  readonly tries: number;
  /** The time that the last answer took, in milliseconds. */
  readonly answerMs: number;
}

/** The answers by question, as `idOf` names it. */
export type RoundAnswers = ReadonlyMap<string, Result<RoundAnswer>>;

export interface RoundDeps extends Pick<CheckerDeps, 'createCheck'> {
  readonly clock: Clock;
  readonly stop: AbortSignal;
}

/** The most questions that are open at the same time: each is a socket, or a process. */
const mostOpen = 100;

/**
 * Asks every server of a round: one good answer is enough, and `fall` bad ones in a row, an interval apart,
 * are as many as take a server out. A server of several directors is asked once.
 */
export async function askRound(
  deps: RoundDeps,
  servers: readonly CheckedServer[],
): Promise<RoundAnswers> {
  const byId = new Map(servers.map((one) => [idOf(one), one]));
  const answers = new Map<string, Result<RoundAnswer>>();
  const waiting = [...byId];
  const work = async (own: AbortController): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      if (own.signal.aborted) return;
      const [id, one] = next;
      answers.set(id, await askUntilSure({ ...deps, stop: own.signal }, one));
    }
  };
  // A signal each: Node warns of one that more than ten listen to.
  const count = Math.min(mostOpen, waiting.length);
  const workers = Array.from({ length: count }, () => new AbortController());
  const stopped = (): void => {
    for (const one of workers) one.abort();
  };
  if (deps.stop.aborted) stopped();
  deps.stop.addEventListener('abort', stopped);
  await Promise.all(workers.map(work));
  deps.stop.removeEventListener('abort', stopped);
  return answers;
}

async function askUntilSure(
  { clock, stop, createCheck }: RoundDeps,
  { guarded: { check, timing }, server }: CheckedServer,
): Promise<Result<RoundAnswer>> {
  const created = await createCheck(check, server);
  if (!created.ok) return created;
  for (let tries = 1; ; tries++) {
    const askedMs = clock.nowMs();
    const answer = await askInTime(clock, { gate: created.value, server, timing }, stop);
    const { passed, detail } = answer;
    if (passed || tries >= timing.fall || stop.aborted) {
      return { ok: true, value: { passed, detail, tries, answerMs: clock.nowMs() - askedMs } };
    }
    await clock.sleepUntil(askedMs + timing.intervalMs, stop);
  }
}
