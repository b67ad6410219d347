import type { CommandResult, CommandRunner } from '../../src/rollout/ports.ts';
import type { Lab } from './lab/lab.ts';

/** The real `ipvsadm` on the lab's director. */
export const labRunner = (lab: Lab): CommandRunner => ({
  label: 'ipvsadm',
  async run(args, stdin) {
    const { exitCode, signal, timedOut, stdout, stderr, ms } = await lab.ipvsadm(args, stdin);
    if (timedOut) return { kind: 'timed-out', afterMs: ms };
    if (exitCode === null) return { kind: 'killed', signal: signal ?? 'no signal', stderr };
    return { kind: 'exited', exitCode, stdout, stderr };
  },
});

const mark = '=-=-=';

/**
 * Commands as processes one after another, started by one shell: 20 ms each, where a process that the
 * test starts itself takes 100.
 */
export async function runEachInLab(
  lab: Lab,
  commands: readonly (readonly string[])[],
): Promise<readonly CommandResult[]> {
  const script = commands.map(
    (words) =>
      `ipvsadm ${words.map(quoted).join(' ')} </dev/null; echo "${mark}$?"; echo ${mark} >&2\n`,
  );
  const { stdout, stderr } = await lab.run(['sh'], { stdin: script.join('') });
  const outputs = [...stdout.matchAll(new RegExp(`([^]*?)${mark}(\\d+)\n`, 'g'))];
  const errors = stderr.split(`${mark}\n`);
  return outputs.map(([, output = '', exitCode], index) => ({
    kind: 'exited',
    exitCode: Number(exitCode),
    stdout: output,
    stderr: errors[index] ?? '',
  }));
}

const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;
