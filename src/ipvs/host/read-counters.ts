import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CommandWords } from '../../domain/command-words.ts';
import { type HostCounters, noHostCounters } from '../../domain/ipvs/host-counters.ts';
import { type CommandLimits, runLocalCommand } from '../local-command.ts';
import { counterFiles, countersOfFiles } from './counter-files.ts';
import type { RunThere } from './proc-through-command.ts';
import { reachOf } from './reach-of.ts';

/** The time limit of a reading: somebody waits for an answer, and then gets it without counters. */
const defaultLimits: CommandLimits = { timeLimitMs: 3_000 };

/**
 * Reads the machine's counters from where `--ipvsadm` leads, as `readFacts` finds it. Never fails;
 * no process for a plain or sudo'ed `ipvsadm`, and one for everything else.
 */
export const readCounters = (
  command: CommandWords,
  limits = defaultLimits,
): Promise<HostCounters> =>
  readCountersThrough(command, (argv) => runLocalCommand(argv, '', limits), readLocalCounters);

/** Reads the counters of the machine where `run` runs a command; `readHere` needs no command. */
export async function readCountersThrough(
  command: CommandWords,
  run: RunThere,
  readHere = () => readByCommand(run),
): Promise<HostCounters> {
  const reach = reachOf(command);
  if (!reach) return noHostCounters;
  if (reach.here) return readHere();
  return readByCommand(([file, ...args]) => {
    const [first = file, ...words] = [...reach.words, file, ...args];
    return run([first, ...words]);
  });
}

/** Reads the counters of this network namespace. */
export async function readLocalCounters(proc = '/proc'): Promise<HostCounters> {
  const texts = counterFiles.map(async (name) => {
    const text = await readFile(join(proc, name), 'latin1').catch(() => undefined);
    return [name, text] as const;
  });
  const read = await Promise.all(texts);
  return countersOfFiles(
    new Map(read.flatMap(([name, text]) => (text === undefined ? [] : [[name, text]]))),
  );
}

/** Reads the counters of a network namespace or machine that only a command can enter. */
async function readByCommand(run: RunThere): Promise<HostCounters> {
  const paths = counterFiles.map((name) => `/proc/${name}`);
  // -H names the file before each line, -s passes over one that is missing.
  const result = await run(['grep', '-H', '-s', '', ...paths]);
  if (result.kind !== 'exited') return noHostCounters;
  const files = new Map<string, string>();
  for (const line of result.stdout.split('\n')) {
    const [, name, text] = /^\/proc\/([^:]+):(.*)$/.exec(line) ?? [];
    if (name === undefined) continue;
    files.set(name, `${files.get(name) ?? ''}${text}\n`);
  }
  return countersOfFiles(files);
}
