import { assertNever } from '../../domain/assert-never.ts';
import { parseCommandWords } from '../../domain/command-words.ts';
import { netnsOfTable } from '../../domain/rollout/local-table.ts';
import { quoteForShell } from '../../domain/shell-word.ts';
import { reachOf } from './reach-of.ts';

/** The way from a machine to a table, by the words that the table has as its name there. */
export type WayToTable =
  /** The table is that of whoever asks. */
  | { readonly kind: 'here' }
  /** A namespace that is a file. */
  | { readonly kind: 'named'; readonly file: string; readonly words: readonly string[] }
  /** A namespace that only a command enters. */
  | { readonly kind: 'behind'; readonly words: readonly string[] }
  /** A script may lead anywhere. */
  | { readonly kind: 'unknown' };

/** The namespace of whoever reads the link. */
export const namespaceFile = '/proc/self/ns/net';

/** The number of the kernel's boot: two kernels have none in common, and its containers have one. */
export const bootFile = '/proc/sys/kernel/random/boot_id';

/** The way to a table by its name: `ipvsadm`, `ip netns exec lb ipvsadm`, `docker exec -i lb ipvsadm`. */
export function wayToTable(table: string): WayToTable {
  if (table === 'ipvsadm') return { kind: 'here' };
  const command = parseCommandWords(table);
  const words = command.ok ? (reachOf(command.value)?.words ?? []) : [];
  if (words.length === 0) return { kind: 'unknown' };
  const name = netnsOfTable(table);
  return name !== undefined && name !== '.' && name !== '..' && !name.includes('/')
    ? { kind: 'named', file: `/run/netns/${name}`, words }
    : { kind: 'behind', words };
}

/** Commands of a shell that print the namespace of a table, and the boot of the kernel that has it. */
export interface WayInShell {
  readonly namespace?: string | undefined;
  readonly boot?: string | undefined;
}

/** The same way for the shell of another machine. */
export function wayInShell(table: string): WayInShell {
  const way = wayToTable(table);
  switch (way.kind) {
    case 'unknown':
      return {};
    case 'here':
      return { namespace: `readlink ${namespaceFile}` };
    case 'named':
    case 'behind': {
      // As above: the name of a table has no sudo in it.
      const enter = way.words.map(quoteForShell).join(' ');
      const through = (what: string): string =>
        `{ ${enter} ${what} || sudo -n ${enter} ${what}; } 2>/dev/null`;
      const namespace = through(`readlink ${namespaceFile}`);
      return way.kind === 'behind'
        ? { namespace, boot: through(`cat ${bootFile}`) }
        : {
            namespace: `stat -L -c 'net:[%i]' ${quoteForShell(way.file)} 2>/dev/null || ${namespace}`,
          };
    }
    default:
      return assertNever(way);
  }
}
