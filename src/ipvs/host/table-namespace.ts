import { readlink, stat } from 'node:fs/promises';
import { parseCommandWords } from '../../domain/command-words.ts';
import { netnsOfTable } from '../../domain/rollout/local-table.ts';
import { runLocalCommand } from '../local-command.ts';
import { reachOf } from './reach-of.ts';

const shape = /^net:\[\d+\]$/;

/** The time for which an answer holds that took a process: a container may be another one by then. */
const freshMs = 30_000;

interface Answer {
  readonly atMs: number;
  readonly namespace: Promise<string | undefined>;
}

const answers = new Map<string, Answer>();

/**
 * The network namespace of a local table, `net:[4026531840]`: one IPVS table each, whatever words lead
 * there. `undefined` where the words do not tell; a script may lead anywhere.
 */
export async function tableNamespace(table: string): Promise<string | undefined> {
  if (table === 'ipvsadm') return checked(await readlink('/proc/self/ns/net').catch(() => ''));
  const name = netnsOfTable(table);
  // No privilege and no process: a named namespace is a file.
  if (name !== undefined && name !== '.' && name !== '..' && !name.includes('/')) {
    const file = await stat(`/run/netns/${name}`).catch(() => undefined);
    if (file) return `net:[${file.ino}]`;
  }
  const known = answers.get(table);
  if (known && performance.now() - known.atMs < freshMs) return known.namespace;
  const namespace = namespaceBehind(table);
  answers.set(table, { atMs: performance.now(), namespace });
  return namespace;
}

/** The namespace that the words before `ipvsadm` enter, as a command there sees it. */
async function namespaceBehind(table: string): Promise<string | undefined> {
  const command = parseCommandWords(table);
  const reach = command.ok ? reachOf(command.value) : undefined;
  if (!reach || reach.words.length === 0) return undefined;
  const words = [...reach.words, 'readlink', '/proc/self/ns/net'] as const;
  // The name of a table has no sudo in it, but entering a namespace may take it.
  for (const [first = '', ...rest] of [words, ['sudo', '-n', ...words]]) {
    const run = await runLocalCommand([first, ...rest], '', { timeLimitMs: 5_000 });
    const found = run.kind === 'exited' ? checked(run.stdout.trim()) : undefined;
    if (found !== undefined || process.getuid?.() === 0) return found;
  }
  return undefined;
}

const checked = (text: string): string | undefined => (shape.test(text) ? text : undefined);
