import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, vi } from 'vitest';

export interface TerminalRun {
  readonly exitCode: number | undefined;
  /** What the terminal got, with its escape sequences and an echo of what was typed. */
  readonly screen: string;
}

export interface TerminalSession {
  /** All that the terminal got so far. */
  screen(): string;
  /** Resolves once the terminal has got this. */
  shows(text: string | RegExp): Promise<void>;
  type(keys: string): void;
  /** Gives the terminal another width. */
  resize(columns: number): Promise<void>;
  /** Sends a signal to what runs on the terminal. */
  signal(signal: NodeJS.Signals): Promise<void>;
  readonly ended: Promise<TerminalRun>;
}

interface TerminalOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly columns?: number;
}

/**
 * Runs Node with `args` on a terminal of its own, which util-linux' script(1) opens, and types `keys`
 * there; a command that still waits for more after 150 s is killed (`exitCode` undefined).
 */
export async function nodeOnTerminal(
  args: readonly string[],
  { keys = '', ...options }: TerminalOptions & { readonly keys?: string },
): Promise<TerminalRun> {
  const session = startOnTerminal(args, options);
  session.type(keys);
  return session.ended;
}

let sessions = 0;

/** The same for a test that looks at the terminal meanwhile. */
export function startOnTerminal(
  args: readonly string[],
  { cwd, env = {}, columns = 100 }: TerminalOptions,
): TerminalSession {
  const pidFile = join(cwd, `terminal-${sessions++}.pid`);
  // script(1) takes one string for a shell; the words reach it by way of its environment.
  const words = Object.fromEntries(
    [process.execPath, ...args].map((word, i) => [`WORD_${i}`, word]),
  );
  const command = Object.keys(words).map((name) => `"$${name}"`);
  const script = execa(
    'script',
    [
      '--quiet',
      '--return',
      '--command',
      `stty cols ${columns} rows 30; echo $$ >"$PID_FILE"; exec ${command.join(' ')}`,
      '/dev/null',
    ],
    {
      reject: false,
      cwd,
      env: { ...env, ...words, PID_FILE: pidFile },
      buffer: false,
      timeout: 150_000,
    },
  );
  let screen = '';
  script.stdout.setEncoding('utf8').on('data', (text: string) => {
    screen += text;
  });
  return {
    screen: () => screen,
    shows: (text) =>
      vi.waitFor(
        () =>
          typeof text === 'string' ? expect(screen).toContain(text) : expect(screen).toMatch(text),
        { timeout: 100_000, interval: 20 },
      ),
    async resize(wanted) {
      const pid = await readFile(pidFile, 'utf8');
      // The descriptor of a process is its terminal to whoever opens it.
      await execa('stty', ['-F', `/proc/${pid.trim()}/fd/1`, 'cols', `${wanted}`]);
    },
    async signal(signal) {
      const pid = Number(await readFile(pidFile, 'utf8'));
      process.kill(pid, signal);
    },
    type: (keys) => void script.stdin.write(keys),
    ended: script.then(({ exitCode }) => ({ exitCode, screen })),
  };
}
