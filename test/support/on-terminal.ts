import { execa } from 'execa';

export interface TerminalRun {
  readonly exitCode: number | undefined;
  /** What the terminal got, with its escape sequences and an echo of what was typed. */
  readonly screen: string;
}

/**
 * Runs Node with `args` on a terminal of its own, which util-linux' script(1) opens, and types `keys`
 * there; a command that still waits for more after 45 s is killed (`exitCode` undefined).
 */
export async function nodeOnTerminal(
  args: readonly string[],
  { cwd, keys = '' }: { readonly cwd: string; readonly keys?: string },
): Promise<TerminalRun> {
  // script(1) takes one string for a shell; the words reach it by way of its environment.
  const words = Object.fromEntries(
    [process.execPath, ...args].map((word, i) => [`WORD_${i}`, word]),
  );
  const command = Object.keys(words).map((name) => `"$${name}"`);
  const { exitCode, stdout } = await execa(
    'script',
    ['--quiet', '--return', '--command', command.join(' '), '/dev/null'],
    { reject: false, cwd, env: words, input: keys, timeout: 150_000 },
  );
  return { exitCode, screen: stdout };
}
