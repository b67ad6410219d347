import type { CommandWords } from '../../domain/command-words.ts';
import { quoteForShell } from '../../domain/shell-word.ts';

/**
 * The command that ssh is asked to run, always: the script itself comes on standard input. So the
 * login shell may be any (csh and fish know these two words), and no limit for a command line is in
 * the way.
 */
export const remoteShell = 'exec sh';

export interface RemoteCommand {
  readonly command: CommandWords;
  /** The lines of the command's standard input, each with its end. */
  readonly stdin: string;
  /** A line that is nowhere else: hard to guess, and without characters that mean something. */
  readonly mark: string;
  /**
   * The latest start: a command is not begun when the machine has been up for longer than this, in
   * hundredths of a second.
   */
  readonly latestStart?: number;
}

/**
 * A command for the POSIX shell of a director. As one compound command it is parsed to its last line
 * before any of it runs: where the connection is cut in the middle, nothing is done, and no line of
 * `ipvsadm -R` is ever executed in half. What arrives too late, because the machine or its sshd stood
 * still meanwhile, is not begun: by then somebody else may have been told that it failed.
 *
 * Both outputs carry the mark before the command's own, and the mark and its exit code after it: all
 * else is from login scripts or from ssh itself.
 */
export function remoteScript({ command, stdin, mark, latestStart }: RemoteCommand): string {
  const words = command.map(quoteForShell).join(' ');
  const lines = stdin === '' || stdin.endsWith('\n') ? stdin : `${stdin}\n`;
  const tooLate =
    latestStart === undefined ? 'false' : `[ "\${up%.*}\${up#*.}" -gt ${latestStart} ]`;
  return `{
LC_ALL=C PATH=\${PATH:-/usr/bin:/bin}:/usr/sbin:/sbin
export LC_ALL PATH
up=
read -r up rest </proc/uptime
echo "${mark} $up" >&2
echo "${mark} $up"
if ${tooLate}; then
ended=late
else
${words} <<'${mark}'
${lines}${mark}
ended=$?
fi
echo "${mark} $ended" >&2
echo "${mark} $ended"
exit 0
}
`;
}

/**
 * A script that keeps the connection: the script ends with its standard input, and so with the
 * process that holds that.
 */
export const holdingScript = (mark: string): string => `{
up=
read -r up rest </proc/uptime
echo "${mark} $up"
exec cat >/dev/null
}
`;

/** The time that the machine has been up, from the first mark, in hundredths of a second. */
export function uptimeAfter(mark: string, output: string): number | undefined {
  const found = new RegExp(`${mark} (\\d{1,12})\\.(\\d\\d)\n`).exec(output);
  return found ? Number(`${found[1]}${found[2]}`) : undefined;
}

export interface RemoteAnswer {
  readonly ended: number | 'late';
  readonly stdout: string;
  readonly stderr: string;
}

/** The output and end of the command, out of what came; `undefined` when the end is missing. */
export function answerIn(mark: string, stdout: string, stderr: string): RemoteAnswer | undefined {
  const [out, complaints] = [between(mark, stdout), between(mark, stderr)];
  if (out === undefined || complaints === undefined) return undefined;
  const ended = out.ended === 'late' ? out.ended : Number(out.ended);
  return { ended, stdout: out.text, stderr: complaints.text };
}

function between(mark: string, output: string): { text: string; ended: string } | undefined {
  const first = output.indexOf(`${mark} `);
  const begin = output.indexOf('\n', first) + 1;
  const end = output.lastIndexOf(`${mark} `);
  if (first < 0 || begin === 0 || end < begin) return undefined;
  const ended = /^(\d{1,3}|late)\n/.exec(
    output.slice(end + mark.length + 1, end + mark.length + 9),
  );
  return ended?.[1] === undefined ? undefined : { text: output.slice(begin, end), ended: ended[1] };
}
