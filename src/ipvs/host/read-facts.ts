import type { CommandWords } from '../../domain/command-words.ts';
import type { FactsWanted } from '../../domain/ipvs/host-facts.ts';
import { type HostFacts, noHostFacts, type TableManager } from '../../domain/ipvs/host-facts.ts';
import { type CommandLimits, runLocalCommand } from '../local-command.ts';
import { versionPrinted } from './ipvsadm-version.ts';
import { readLocalProc } from './local-proc.ts';
import { withOwnView, withVersion } from './managers/ask-keepalived.ts';
import { type RunThere, readProcThroughCommand } from './proc-through-command.ts';
import { reachOf, throughReach } from './reach-of.ts';

/** The time limit of a reading: facts that are not known by then are not worth waiting for. */
const defaultLimits: CommandLimits = { timeLimitMs: 5_000 };

/**
 * Reads the machine's facts beside its table, from where `--ipvsadm` leads. Never fails and never
 * hangs: facts that cannot be read are left out. For a plain or sudo'ed `ipvsadm` the function
 * starts no process, unless the version is wanted.
 */
export function readFacts(
  command: CommandWords,
  wanted: FactsWanted,
  limits = defaultLimits,
): Promise<HostFacts> {
  return readFactsThrough(
    command,
    wanted,
    (argv) => runLocalCommand(argv, '', limits),
    readLocalProc,
  );
}

/** Reads the facts of the machine where `run` runs a command; `readHere` needs no command. */
export async function readFactsThrough(
  command: CommandWords,
  wanted: FactsWanted,
  run: RunThere,
  readHere = () => readProcThroughCommand(run),
): Promise<HostFacts> {
  const reach = reachOf(command);
  const runThere = throughReach(command, run);
  const [facts, version] = await Promise.all([
    reach === undefined ? noHostFacts : reach.here ? readHere() : readProcThroughCommand(runThere),
    wanted.version ? run([...command, '--version']) : undefined,
  ]);
  const managers = facts.managers && (await askManagers(facts.managers, wanted, runThere));
  const ipvsadmVersion = version && versionPrinted(version);
  return {
    ...facts,
    ...(managers && { managers }),
    ...(reach && reach.words.length > 0 ? { reach: reach.words } : {}),
    ...(ipvsadmVersion === undefined ? {} : { ipvsadmVersion }),
  };
}

/** The managers with what only they themselves can tell; whoever wants nothing of it starts no process. */
const askManagers = (
  managers: readonly TableManager[],
  { version, manager }: FactsWanted,
  run: RunThere,
): Promise<readonly TableManager[]> =>
  Promise.all(
    managers.map(async (one) => {
      if (one.name !== 'keepalived') return one;
      const named = version || manager ? await withVersion(one, run) : one;
      return manager ? withOwnView(named, run) : named;
    }),
  );
