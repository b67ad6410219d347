import type { Failure, Result } from '../../domain/failure.ts';
import type { Lock } from '../../rollout/ports.ts';
import type { LockTiming } from '../folder/locks/lock-tools.ts';

/** The interval at which a machine that was away is tried again. */
const retryMs = 2_000;

/**
 * A lock of a machine that is away: nothing may be edited there until the machine is back and has granted
 * it, and it is lost when another has it by then.
 */
export function lockWhenReached(
  { every }: Pick<LockTiming, 'every'>,
  attempt: () => Promise<Result<Lock | undefined>>,
): Lock {
  let granted: Lock | 'none' | undefined;
  let refused: Failure | undefined;
  let isOver = false;
  let isTrying = false;
  const tryOnce = async (): Promise<void> => {
    const locked = await attempt();
    if (!locked.ok && locked.failure.kind === 'unreachable') return;
    stop();
    if (!locked.ok) refused = locked.failure;
    else if (isOver) await locked.value?.release();
    else granted = locked.value ?? 'none';
  };
  const stop = every(retryMs, () => {
    if (isTrying) return;
    isTrying = true;
    void tryOnce().finally(() => {
      isTrying = false;
    });
  });
  return {
    async release() {
      isOver = true;
      stop();
      if (granted && granted !== 'none') await granted.release();
    },
    lockedForMs() {
      if (granted === 'none') return Number.POSITIVE_INFINITY;
      return granted?.lockedForMs?.() ?? 0;
    },
    lost: async () => refused ?? (granted === 'none' ? undefined : granted?.lost?.()),
  };
}
