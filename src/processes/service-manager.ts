import type { CommandWords } from '../domain/command-words.ts';
import { type Failure, fail, ok, type Result } from '../domain/failure.ts';
import { printable } from '../domain/printable.ts';
import { runGroup } from './run-group.ts';

/** The service manager that has started this process and wants to hear of it: systemd, by sd_notify(3). */
export interface ServiceManager {
  /** The time without a sign of life after which the process is ended; absent: it may be silent. */
  readonly watchdogMs?: number | undefined;
  /** Tells states such as `READY=1`. */
  tell(states: readonly string[]): Promise<Result<void>>;
}

const timeoutMs = 5_000;

/**
 * The manager that the environment names, if any. Node has no datagram sockets of Unix, so a state goes by way
 * of `systemd-notify`, a process each (`NotifyAccess=all`); it waits until the manager has heard the state.
 */
export function serviceManagerOf(
  variables: Readonly<Record<string, string | undefined>>,
  pid: number,
): ServiceManager | undefined {
  const { NOTIFY_SOCKET: socket, WATCHDOG_USEC: usec, WATCHDOG_PID: watched } = variables;
  if (!socket) return undefined;
  // Another process is watched where it says so, and inherited variables say so too.
  const isWatched = watched === undefined || watched === '' || Number(watched) === pid;
  const watchdogMs = isWatched && Number(usec) > 0 ? Number(usec) / 1_000 : undefined;
  return {
    watchdogMs,
    async tell(states) {
      const words = ['systemd-notify', ...states] as unknown as CommandWords;
      const group = runGroup(
        { words, env: { NOTIFY_SOCKET: socket } },
        { signal: new AbortController().signal, timeoutMs, graceMs: 500, leftovers: 'detached' },
      );
      const { end, cutOff } = await group.ended;
      if (end.kind === 'exited' && end.exitCode === 0 && !cutOff) return ok(undefined);
      const said =
        end.kind === 'not-started' ? end.message : group.lastLines({ lines: 2 }) || end.kind;
      return fail(notTold(cutOff ? 'it did not end in time' : said));
    },
  };
}

const notTold = (why: string): Failure => ({
  kind: 'preflight',
  what: `systemd was not told how the service is: systemd-notify: ${printable(why, 300)}`,
  next: 'give the unit NotifyAccess=all, or Type=exec and no WatchdogSec',
});
