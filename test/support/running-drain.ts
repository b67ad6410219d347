import { tmpdir } from 'node:os';
import { execa } from 'execa';
import type { DrainEvent } from '../../src/domain/events/event.ts';
import { drainJs, parseEvents } from './drain-command.ts';
import { until } from './eventually.ts';

/** The built command while it runs, with `--output json`. */
export interface RunningDrain {
  /** The first event that is so, waiting for it if need be. */
  event(is: (event: DrainEvent) => boolean): Promise<DrainEvent>;
  events(): readonly DrainEvent[];
  /** Resolves when it has printed something. */
  firstOutput(): Promise<void>;
  /** The same on standard error, or once it says so there. */
  error(says?: string): Promise<void>;
  signal(signal: NodeJS.Signals): void;
  /** The reader of its standard output goes away, as `| head -1` does. */
  closeStdout(): void;
  readonly ended: Promise<{ readonly exitCode: number | undefined; readonly stderr: string }>;
}

export function startDrain(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  {
    limitMs = 150_000,
    cwd = tmpdir(),
    program = drainJs,
  }: { readonly limitMs?: number; readonly cwd?: string; readonly program?: string } = {},
): RunningDrain {
  const child = execa(process.execPath, [program, ...args], {
    reject: false,
    cwd,
    env: { NO_COLOR: '1', ...env },
    stdin: 'ignore',
    timeout: limitMs,
    killSignal: 'SIGKILL',
    // A rollout that rolls back at SIGTERM may take its time: execa would kill it after five seconds.
    forceKillAfterDelay: false,
    buffer: { stdout: false },
  });
  let text = '';
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    errors += chunk;
  });
  let hasEnded = false;
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  const events = (): readonly DrainEvent[] =>
    parseEvents(text.slice(0, text.lastIndexOf('\n') + 1));
  return {
    async event(is) {
      const found = await until(() => events().find(is) ?? (hasEnded && ('ended' as const)));
      if (found === 'ended') throw new Error(`it ended before the expected event:\n${text}`);
      return found;
    },
    events,
    async firstOutput() {
      await until(() => text !== '');
    },
    async error(says = '') {
      await until(() => errors !== '' && errors.includes(says));
    },
    signal: (signal) => void child.kill(signal),
    closeStdout: () => child.stdout.destroy(),
    ended: child.then(({ exitCode, stderr }) => {
      hasEnded = true;
      return { exitCode, stderr };
    }),
  };
}
