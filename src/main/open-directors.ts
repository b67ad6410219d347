import type { NamedDirector } from '../config/names/known-directors.ts';
import type { OpenFleet, Pace } from '../control/ports.ts';
import { fail, ok, type Result } from '../domain/failure.ts';
import type { FactsWanted, HostFacts } from '../domain/ipvs/host-facts.ts';
import {
  type DirectorAccess,
  isLocalPlace,
  isSimulatedPlace,
} from '../domain/places/director-access.ts';
import { isSshAddress } from '../domain/places/ssh-address.ts';
import { printable } from '../domain/printable.ts';
import { tableOf } from '../domain/rollout/rollout-locks.ts';
import type { RunThere } from '../ipvs/host/proc-through-command.ts';
import type { Clock, Director } from '../rollout/ports.ts';

/** All directors of a rollout, on one clock; each kind is loaded when it is asked for. */
export async function openDirectors(
  specs: readonly NamedDirector[],
  pace: Pace,
): Promise<Result<OpenFleet>> {
  const unknown = specs.find(({ where }) => !isKnownKind(where));
  if (unknown) return fail(unknownKind(unknown));
  const simulated = specs.filter(({ where }) => isSimulatedPlace(where));
  if (simulated.length > 0 && simulated.length < specs.length) return fail(twoClocks);
  const opened =
    simulated.length > 0 ? await openSimulated(simulated, pace) : await openReal(specs);
  if (!opened.ok) return opened;
  const twice = firstTwice(opened.value.access);
  return twice ? fail(sameDirector(...twice)) : opened;
}

/**
 * Tells whether a place is local, simulated or ssh; any other name without a config is misspelt.
 */
const isKnownKind = (where: string): boolean =>
  isLocalPlace(where) || isSimulatedPlace(where) || isSshAddress(where);

async function openSimulated(
  specs: readonly NamedDirector[],
  pace: Pace,
): Promise<Result<OpenFleet>> {
  const { openSimulatedDirectors } = await import('./open-simulated.ts');
  return openSimulatedDirectors(specs, pace);
}

async function openReal(specs: readonly NamedDirector[]): Promise<Result<OpenFleet>> {
  const { createSystemClock } = await import('../clock/system-clock.ts');
  const clock = createSystemClock();
  const directors = new Map<string, Director>();
  const access: DirectorAccess[] = [];
  for (const spec of specs) {
    const opened = await (isLocalPlace(spec.where) ? openLocal : openSsh)(spec, clock);
    if (!opened.ok) return opened;
    const { where, ipvsadm, manager } = spec;
    access.push({ director: opened.value.name, where, ipvsadm, ...(manager && { manager }) });
    directors.set(opened.value.name, opened.value);
  }
  return ok({ access, directors, clock });
}

async function openLocal(spec: NamedDirector, { nowMs }: Clock): Promise<Result<Director>> {
  const { createDirector } = await import('../ipvs/director.ts');
  const { createLocalIpvsadm } = await import('../ipvs/local-ipvsadm.ts');
  const { parseCommandWords } = await import('../domain/command-words.ts');
  const { readFacts } = await import('../ipvs/host/read-facts.ts');
  const { runLocalCommand } = await import('../ipvs/local-command.ts');
  const { isPlainHere, throughReach } = await import('../ipvs/host/reach-of.ts');
  const { createProcTableReader } = await import('../ipvs/host/proc-table-reader.ts');
  const command = parseCommandWords(spec.ipvsadm);
  if (!command.ok) return command;
  const run = throughReach(command.value, (argv) =>
    runLocalCommand(argv, '', { timeLimitMs: commandMs }),
  );
  return ok(
    await managed(
      spec,
      run,
      createDirector({
        name: spec.name ?? 'local',
        nowMs,
        runner: createLocalIpvsadm({ command: command.value }),
        ...(isPlainHere(command.value) ? { readProcTable: createProcTableReader() } : {}),
        readFacts: besideManager(spec, (wanted) => readFacts(command.value, wanted)),
        setSysctl: async (name, value) =>
          (await import('../ipvs/host/set-sysctl.ts')).setSysctl(command.value, { name, value }),
        readCounters: async () =>
          (await import('../ipvs/host/read-counters.ts')).readCounters(command.value),
      }),
    ),
  );
}

async function openSsh(spec: NamedDirector, { nowMs }: Clock): Promise<Result<Director>> {
  const { directorNameOf, parseSshAddress } = await import('../domain/places/ssh-address.ts');
  const { parseCommandWords } = await import('../domain/command-words.ts');
  const { createDirector } = await import('../ipvs/director.ts');
  const { createSshIpvsadm } = await import('../ipvs/ssh-ipvsadm.ts');
  const { connectionTo } = await import('./connection-to.ts');
  const address = parseSshAddress(spec.where);
  if (!address.ok) return address;
  const command = parseCommandWords(spec.ipvsadm);
  if (!command.ok) return command;
  const there = createSshIpvsadm({
    address: address.value,
    command: command.value,
    connection: connectionTo(address.value),
  });
  const readFacts = besideManager(spec, there.readFacts);
  const name = spec.name ?? directorNameOf(address.value);
  return ok(await managed(spec, there.run, createDirector({ name, nowMs, ...there, readFacts })));
}

/** The time limit of writing files for keepalived. */
const commandMs = 10_000;

/** A director whose manager sets the weights of its services itself, where the configuration says so. */
async function managed(
  { manager }: NamedDirector,
  run: RunThere,
  director: Director,
): Promise<Director> {
  if (manager?.keepalived !== 'track-files') return director;
  const { createSystemClock } = await import('../clock/system-clock.ts');
  const { withTrackFiles } = await import('../ipvs/track-files/with-track-files.ts');
  return withTrackFiles({ director, run, clock: createSystemClock() });
}

type ReadFacts = (wanted: FactsWanted) => Promise<HostFacts>;

/** Facts with the terms for the program that manages the table; without terms it is not asked for its view. */
const besideManager =
  ({ manager }: NamedDirector, read: ReadFacts): ReadFacts =>
  async (wanted) => {
    const facts = await read({
      ...wanted,
      manager: manager !== undefined && wanted.manager === true,
    });
    return { ...facts, ...(manager && { manager }) };
  };

/**
 * The first duplicate: two ways of writing one table, or two directors of one name. Each simulated
 * one is its own.
 */
function firstTwice(
  access: readonly DirectorAccess[],
): readonly [DirectorAccess, DirectorAccess] | undefined {
  for (const [index, one] of access.entries()) {
    const other = access
      .slice(0, index)
      .find(
        (before) =>
          before.director === one.director ||
          (!isSimulatedPlace(one.where) && tableOf(before) === tableOf(one)),
      );
    if (other) return [other, one];
  }
  return undefined;
}

const sameDirector = (a: DirectorAccess, b: DirectorAccess) =>
  ({
    kind: 'usage',
    what: `${printable(a.where)} and ${printable(b.where)} are one director (${printable(b.director)})`,
    where: '--director',
    next: 'name each once; give two that only seem to be one a name each, under directors in the config file',
  }) as const;

const twoClocks = {
  kind: 'usage',
  what: 'simulated directors and real ones have no time in common',
  where: '--director',
  next: 'give only simulated ones, or only real ones',
} as const;

const unknownKind = ({ where, meant }: NamedDirector) =>
  ({
    kind: 'usage',
    what: `"${printable(where)}" is no director of this version${meant === undefined ? '' : ` (did you mean ${printable(meant)}?)`}`,
    where: '--director',
    next: 'use local, ssh://HOST, sim, sim:FILE or a name under directors in the config file',
  }) as const;
