import type { Failure } from '../../domain/failure.ts';
import type { Clock } from '../../rollout/ports.ts';
import type { Environment } from '../environment.ts';

interface Daemon {
  readonly clock: Clock;
  /** Whether the daemon has done anything within this time. */
  turnedWithin(ms: number): boolean;
  /** How the daemon is, in a few words. */
  status(): string;
  onFailure(failure: Failure): void;
}

/** Signs of life are this many times as frequent as the watchdog wants them. */
const signsPerWatchdog = 3;

/**
 * Tells the service manager, where there is one, that a daemon is ready, and again and again that it goes on: a
 * daemon that stands still gives no sign of life, and is restarted.
 */
export async function tellReady(
  env: Pick<Environment, 'openServiceManager'>,
  { clock, turnedWithin, status, onFailure }: Daemon,
): Promise<() => Promise<void>> {
  const manager = await env.openServiceManager();
  if (!manager) return async () => {};
  let hasFailed = false;
  const tell = async (states: readonly string[]): Promise<void> => {
    const told = await manager.tell(states);
    if (!told.ok && !hasFailed) onFailure(told.failure);
    hasFailed = !told.ok;
  };
  const over = new AbortController();
  const { watchdogMs } = manager;
  await tell(['READY=1', `STATUS=${status()}`]);
  const giveSigns = async (limitMs: number): Promise<void> => {
    while (!over.signal.aborted) {
      await clock.sleepUntil(clock.nowMs() + limitMs / signsPerWatchdog, over.signal);
      if (!over.signal.aborted && turnedWithin(limitMs))
        await tell(['WATCHDOG=1', `STATUS=${status()}`]);
    }
  };
  const signs = watchdogMs === undefined ? Promise.resolve() : giveSigns(watchdogMs);
  return async () => {
    over.abort();
    await signs;
    await tell(['STOPPING=1']);
  };
}
