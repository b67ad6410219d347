import { readFile, readlink, stat } from 'node:fs/promises';
import type { CommandWords } from '../../domain/command-words.ts';
import { runLocalCommand } from '../local-command.ts';
import { bootFile, namespaceFile, wayToTable } from './way-to-table.ts';

const shape = /^net:\[\d+\]$/;
const bootShape = /^[0-9a-f-]{8,64}$/;

/** The time for which an answer holds that took a process: a container may be another one by then. */
const freshMs = 30_000;

interface Answer {
  readonly atMs: number;
  readonly namespace: Promise<string | undefined>;
}

const answers = new Map<string, Answer>();

/**
 * The network namespace of a local table, `net:[4026531840]`: one IPVS table each, whatever words lead
 * there. Words that lead to another machine, as `ssh lb1 ipvsadm` does, are told by its boot: `net:[4026531840]
 * of boot 6e4a…`, for the same number is a namespace of each. `undefined` where the words do not tell; a
 * script may lead anywhere.
 */
export async function tableNamespace(table: string): Promise<string | undefined> {
  const way = wayToTable(table);
  if (way.kind === 'unknown') return undefined;
  if (way.kind === 'here') return checked(await readlink(namespaceFile).catch(() => ''));
  if (way.kind === 'named') {
    // No privilege and no process: a named namespace is a file.
    const file = await stat(way.file).catch(() => undefined);
    if (file) return `net:[${file.ino}]`;
  }
  const known = answers.get(table);
  if (known && performance.now() - known.atMs < freshMs) return known.namespace;
  const namespace = namespaceBehind(way.words);
  answers.set(table, { atMs: performance.now(), namespace });
  return namespace;
}

/** The namespace that words enter, as a command there sees it. */
async function namespaceBehind(enter: readonly string[]): Promise<string | undefined> {
  // The name of a table has no sudo in it, but entering a namespace may take it.
  for (const words of [enter, ['sudo', '-n', ...enter]]) {
    const [namespace, boot] = await Promise.all([
      printed([...words, 'readlink', namespaceFile]),
      printed([...words, 'cat', bootFile]),
    ]);
    const found = checked(namespace);
    if (found === undefined && process.getuid?.() !== 0) continue;
    if (found === undefined || !bootShape.test(boot)) return undefined;
    const own = await readOwnBoot();
    return boot === own ? found : `${found} of boot ${boot}`;
  }
  return undefined;
}

async function printed([first = '', ...rest]: readonly string[]): Promise<string> {
  const words: CommandWords = [first, ...rest];
  const run = await runLocalCommand(words, '', { timeLimitMs: 5_000 });
  return run.kind === 'exited' ? run.stdout.trim() : '';
}

const readOwnBoot = (): Promise<string> =>
  readFile(bootFile, 'utf8').then(
    (text) => text.trim(),
    () => '',
  );

const checked = (text: string): string | undefined => (shape.test(text) ? text : undefined);
