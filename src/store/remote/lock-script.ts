import { quoteForShell } from '../../domain/shell-word.ts';
import { type LockSight, parseLockFile } from '../folder/locks/lock-file.ts';
import type { SeenLock } from '../folder/locks/lock-folder.ts';
import type { RemoteAnswer } from './remote-shell.ts';

/** The machine whose tables are locked, and how it is asked about itself. */
export interface LockScriptOptions {
  readonly folder: string;
  /** Words that make a command root's, as those before ipvsadm do: `['sudo', '-n']`. */
  readonly raise: readonly string[];
  /** A command of a shell that prints the network namespace of the table; none where nothing tells. */
  readonly namespace?: string | undefined;
  /** The same for the boot of the kernel which has that namespace, where it may be another machine's. */
  readonly boot?: string | undefined;
}

/**
 * The functions of a POSIX shell that keeps lock files as `lockFolderAt` does. They are of the shell's
 * own commands and of coreutils or busybox; link(2) decides there too.
 */
export const lockPrelude = ({ folder, raise, namespace, boot }: LockScriptOptions): string => {
  const raised = [...raise, 'mkdir', '-m', '1777', folder].map(quoteForShell).join(' ');
  return `LC_ALL=C PATH=\${PATH:-/usr/bin:/bin}:/usr/sbin:/sbin
export LC_ALL PATH
umask 022
d=${quoteForShell(folder)}
greet() {
if mkdir -m 700 "$d" 2>/dev/null; then chmod 1777 "$d"
elif [ ! -e "$d" ] && [ ! -L "$d" ]; then ${raise.length > 0 ? `${raised} 2>/dev/null` : ':'}
fi
echo "$m uid $(id -u)"
echo "$m now $(date +%s)"
echo "$m folder $(stat -c '%f %u' "$d" 2>/dev/null)"
[ -w "$d" ] && echo "$m writable yes"
read -r line </proc/sys/kernel/random/boot_id && echo "$m here $line"
${namespace === undefined ? '' : `echo "$m namespace $(${namespace})"`}
${boot === undefined ? '' : `echo "$m boot $(${boot})"`}
:
}
seen() {
set -- "$1" $(stat -c '%f %s %Y %u' "$d/$1" 2>/dev/null)
[ $# -eq 5 ] || return 0
r=-
case $2 in 8*) [ -r "$d/$1" ] && r=r ;; esac
echo "$m $2 $3 $4 $5 $r $1"
[ $r = r ] && [ "$3" -gt 0 ] && [ "$3" -le ${longestBytes} ] && dd if="$d/$1" bs=${longestBytes} count=1 2>/dev/null
echo
}
all() { for f in "$d/$1"*; do [ -e "$f" ] || [ -L "$f" ] || continue; seen "\${f##*/}"; done; }
names() { for f in "$d"/*; do echo "\${f##*/}"; done; }
create() {
(set -C; printf '%s' "$2" >"$d/$1") 2>&1 && chmod "$3" "$d/$1" 2>&1 && return 0
s=$?; rm -f "$d/$1"; return $s
}
beat() { touch -c "$d/$1" && stat -c '%h' "$d/$1" 2>/dev/null || echo 0; names; }
linkto() {
ln -T "$d/$1" "$d/$2" 2>/dev/null && return 0
[ -e "$d/$2" ] || [ -L "$d/$2" ] && return 3
ln -T "$d/$1" "$d/$2" 2>&1
}
drop() { rm -f "$d/$1" 2>/dev/null; }
owner() { stat -c '%u' "$d/$1" 2>/dev/null; }
empty() { [ ! -f "$d/$1" ] || (: >"$d/$1") 2>/dev/null; }
`;
};

/** The most of a lock file that is read. */
const longestBytes = 65_536;

/** A call of one of these functions. */
export const lockCall = (name: string, ...words: readonly string[]): string =>
  [name, ...words.map(quoteForShell)].join(' ');

/** What a machine says of itself. */
export interface Greeting {
  readonly uid: number | undefined;
  readonly nowMs: number | undefined;
  readonly folder: RemoteFolder | undefined;
  /** The boot of the machine. */
  readonly here: string | undefined;
  readonly namespace: string | undefined;
  readonly boot: string | undefined;
}

export interface RemoteFolder {
  readonly isDirectory: boolean;
  readonly mode: number;
  readonly uid: number;
  readonly isWritable: boolean;
}

export function readGreeting({ mark, output }: RemoteAnswer): Greeting {
  const said = new Map(
    linesOf(mark, output).map((line) => {
      const [name = '', ...values] = line.split(' ');
      return [name, values.join(' ').trim()] as const;
    }),
  );
  const [mode, uid] = (said.get('folder') ?? '').split(' ');
  return {
    uid: numberIn(said.get('uid')),
    nowMs: thousandfold(numberIn(said.get('now'))),
    folder:
      mode && uid
        ? {
            isDirectory: isKind(mode, 0o040000),
            mode: Number.parseInt(mode, 16) & 0o7777,
            uid: Number(uid),
            isWritable: said.get('writable') === 'yes',
          }
        : undefined,
    here: bootIn(said.get('here')),
    namespace: /^net:\[\d+\]$/.exec(said.get('namespace') ?? '')?.[0],
    boot: bootIn(said.get('boot')),
  };
}

/** The files that `seen` tells of, each with what is in it. */
export function readSeen({ mark, output }: RemoteAnswer): readonly SeenLock[] {
  return `\n${output}`
    .split(`\n${mark} `)
    .slice(1)
    .flatMap((part) => {
      const [, mode = '', size, mtime, uid, readable, name = ''] =
        /^([0-9a-f]+) (\d+) (\d+) (\d+) ([r-]) ([^\n]*)(?:\n|$)/.exec(part) ?? [];
      if (name === '') return [];
      const content = part.slice(part.indexOf('\n') + 1).replace(/\n$/, '');
      const sight = sightOf(content, {
        isFile: isKind(mode, 0o100000),
        isReadable: readable === 'r',
        size: Number(size),
        beatMs: Number(mtime) * 1_000,
        uid: Number(uid),
      });
      return [{ name, sight }];
    });
}

interface Stat {
  readonly isFile: boolean;
  readonly isReadable: boolean;
  readonly size: number;
  readonly beatMs: number;
  readonly uid: number;
}

/** A look as `lookAtLock` has it. */
function sightOf(content: string, { isFile, isReadable, size, beatMs, uid }: Stat): LockSight {
  if (isFile && size === 0) return { kind: 'released', beatMs };
  if (!isFile || !isReadable || size > longestBytes) return { kind: 'unreadable', uid };
  const lock = parseLockFile(content);
  return lock?.released || content === ''
    ? { kind: 'released', beatMs }
    : { kind: 'kept', lock, beatMs, uid };
}

const linesOf = (mark: string, output: string): readonly string[] =>
  output.split('\n').flatMap((line) => {
    const [first, rest] = [line.slice(0, mark.length + 1), line.slice(mark.length + 1)];
    return first === `${mark} ` ? [rest] : [];
  });

const isKind = (hexMode: string, kind: number): boolean =>
  (Number.parseInt(hexMode, 16) & 0o170000) === kind;

const numberIn = (text = ''): number | undefined => (/^\d+$/.test(text) ? Number(text) : undefined);

const thousandfold = (value: number | undefined): number | undefined =>
  value === undefined ? undefined : value * 1_000;

const bootIn = (text = ''): string | undefined => /^[0-9a-f-]{8,64}$/.exec(text)?.[0];
