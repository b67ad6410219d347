import type { CommandWords } from '../../domain/command-words.ts';
import { fail, ok, type Result } from '../../domain/failure.ts';
import { printableLines } from '../../domain/printable.ts';
import { runLocalCommand } from '../local-command.ts';
import type { RunThere } from './proc-through-command.ts';
import { reachOf } from './reach-of.ts';

/** A setting under net.ipv4.vs, such as `expire_nodest_conn`. */
export interface Setting {
  readonly name: string;
  readonly value: number;
}

/** Sets a setting where `ipvsadm` runs, with sysctl(8) and the same words before it. */
export const setSysctl = (command: CommandWords, setting: Setting): Promise<Result<void>> =>
  setSysctlThrough(command, setting, (argv) => runLocalCommand(argv, '', { timeLimitMs: 5_000 }));

export async function setSysctlThrough(
  command: CommandWords,
  { name, value }: Setting,
  run: RunThere,
): Promise<Result<void>> {
  const assignment = `net.ipv4.vs.${name}=${value}`;
  const reach = reachOf(command);
  if (!reach) {
    return fail({
      kind: 'director',
      what: `${assignment} cannot be set: nobody knows where ${command.join(' ')} leads`,
      next: 'name ipvsadm itself last, as in `ip netns exec lb ipvsadm`',
    });
  }
  const [first = 'sysctl', ...words] = [...reach.words, 'sysctl', '-q', '-w', assignment];
  const result = await run([first, ...words]);
  if (result.kind === 'exited' && result.exitCode === 0) return ok(undefined);
  const why = result.kind === 'exited' ? printableLines(result.stderr) : result.kind;
  return fail({ kind: 'director', what: `${assignment} cannot be set: ${why}` });
}
