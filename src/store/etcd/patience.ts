import { fail, type Result } from '../../domain/failure.ts';
import type { Answer, Trouble } from './etcd.ts';
import type { Timing } from './timing.ts';

/** Tries again while nobody answers: an etcd that restarts or elects a leader is back within seconds. */
export type Patience = <T>(attempt: () => Answer<T>) => Promise<Result<T, Trouble>>;

export interface PatienceOptions {
  readonly timing: Timing;
  /** The longest wait, from the first attempt on; asked for again after each attempt. */
  readonly limitMs: () => number;
  /** Tells a person that etcd is being waited for. */
  readonly tell?: ((text: string) => void) | undefined;
}

const firstPauseMs = 100;
const longestPauseMs = 2_000;
/** A wait shorter than this is none that anybody needs to know of. */
const quietMs = 4_000;

export function createPatience({ timing, limitMs, tell = () => {} }: PatienceOptions): Patience {
  let waiting = 0;
  let isTold = false;
  const isBack = (): void => {
    if (isTold) tell('etcd answers again: going on');
    isTold = false;
  };
  return async (attempt) => {
    const begunMs = timing.nowMs();
    let pauseMs = firstPauseMs;
    let isWaiting = false;
    try {
      for (;;) {
        const answer = await attempt();
        if (answer.ok || answer.failure.kind !== 'away') {
          if (isWaiting) isBack();
          return answer;
        }
        const passedMs = timing.nowMs() - begunMs;
        if (passedMs >= limitMs()) return fail(answer.failure);
        if (!isWaiting) waiting++;
        isWaiting = true;
        if (!isTold && passedMs >= quietMs) {
          isTold = true;
          tell(`etcd does not answer (${answer.failure.why}): waiting for it, changing nothing`);
        }
        await timing.sleep(pauseMs);
        pauseMs = Math.min(longestPauseMs, 2 * pauseMs);
      }
    } finally {
      if (isWaiting) waiting--;
      if (waiting === 0) isTold = false;
    }
  };
}
