import type { ServiceKey } from '../../domain/address.ts';
import { type Failure, fail, ok, type Result } from '../../domain/failure.ts';
import type { HostFacts } from '../../domain/ipvs/host-facts.ts';
import { findServer, type Snapshot, serviceOf } from '../../domain/ipvs/ipvs.ts';
import { printable } from '../../domain/printable.ts';
import type { Clock, CommandResult, Director } from '../../rollout/ports.ts';
import { filesFor, type TrackWrite } from './files-for.ts';

/** Runs a command where keepalived and its files are. */
type RunThere = (argv: readonly [string, ...string[]]) => Promise<CommandResult>;

export interface TrackFilesOptions {
  readonly director: Director;
  readonly run: RunThere;
  readonly clock: Pick<Clock, 'nowMs' | 'sleepUntil'>;
}

/** Each file as a whole: keepalived never reads half a number, and a crash leaves the old one or the new. */
const writeScript = `
umask 022
while [ $# -gt 1 ]; do
  next="$1.next"
  printf '%s\\n' "$2" >"$next" && sync "$next" && mv -f "$next" "$1" || exit 1
  shift 2
done
`;

/** keepalived needs about 2 ms; a table that shows nothing by then has another cause. */
const patienceMs = 3_000;
const lookEveryMs = 20;

/**
 * A director on which keepalived sets the weights of its own services, by files that it tracks: an edit
 * writes numbers, and is made when the table shows the weights. ipvsadm only reads there.
 */
export function withTrackFiles({ director, run, clock }: TrackFilesOptions): Director {
  const write = async (writes: readonly (readonly [string, number])[]): Promise<Result<void>> => {
    if (writes.length === 0) return ok(undefined);
    const words = writes.flatMap(([path, number]) => [path, `${number}`]);
    const result = await run(['sh', '-c', writeScript, 'sh', ...words]);
    if (result.kind === 'exited' && result.exitCode === 0) return ok(undefined);
    return fail(notWritten(result));
  };
  /** The table once it shows these weights, or a failure when it does not in time. */
  const shown = async (
    keys: readonly ServiceKey[],
    wanted: readonly Pick<TrackWrite, 'service' | 'server' | 'weight'>[],
  ): Promise<Result<Snapshot>> => {
    const untilMs = clock.nowMs() + patienceMs;
    for (;;) {
      const table = await director.snapshot(keys);
      if (!table.ok) return table;
      const missing = wanted.filter((one) => weightIn(table.value, one) !== one.weight);
      if (missing.length === 0) return table;
      if (clock.nowMs() >= untilMs) return fail(notShown(director.name, missing, table.value));
      await clock.sleepUntil(clock.nowMs() + lookEveryMs);
    }
  };
  return {
    ...director,
    setsDown: true,
    async apply(changes, from) {
      const own = await ownView(director);
      if (!own.ok) return own;
      const says = own.value;
      const keys = [...new Set(changes.map(serviceOf))].filter((key) => says.has(key));
      if (keys.length === 0) return director.apply(changes, from);
      const live = await director.snapshot(keys);
      if (!live.ok) return live;
      const overtaken = from && overtakenIn(keys, from, live.value);
      if (overtaken) return fail(overtaken);
      const found = filesFor(changes, says, live.value);
      if (!found.ok) return fail({ ...found.failure, where: `director ${director.name}` });
      const { writes, others } = found.value;
      const rest = others.length > 0 ? await director.apply(others, from) : undefined;
      if (rest && !rest.ok) return rest;
      const nudges = writes.flatMap(({ nudge, ...one }) => (nudge ? [{ ...one, ...nudge }] : []));
      const nudged = await write(nudges.map(({ path, number }) => [path, number]));
      if (!nudged.ok) return nudged;
      const moved = nudges.length > 0 ? await shown(keys, nudges) : undefined;
      if (moved && !moved.ok) return moved;
      const written = await write(writes.map(({ path, number }) => [path, number]));
      if (!written.ok) return written;
      const after = await shown(
        keys,
        writes.filter(({ isDown }) => !isDown),
      );
      return after.ok && rest ? ok(joined(rest.value, after.value)) : after;
    },
  };
}

type Says = NonNullable<NonNullable<HostFacts['managers']>[number]['says']>;

async function ownView(director: Director): Promise<Result<Says>> {
  const { managers = [] } = await director.facts({ manager: true });
  const keepalived = managers.find(({ name }) => name === 'keepalived');
  if (keepalived?.says) return ok(keepalived.says);
  const why = keepalived?.silent ?? 'it does not run in the network namespace of the table';
  return fail({
    kind: 'director',
    what: `keepalived cannot be asked what it owns (${why}), and it is to set the weights`,
    where: `director ${director.name}`,
    next: 'Look at keepalived there; or take manager out of the config file.',
  });
}

function overtakenIn(
  keys: readonly ServiceKey[],
  from: Pick<Snapshot, 'services'>,
  live: Pick<Snapshot, 'services'>,
): Failure | undefined {
  for (const key of keys) {
    const before = from.services.find((one) => one.key === key);
    const now = live.services.find((one) => one.key === key);
    for (const server of before?.servers ?? []) {
      const weight = now && findServer(now, server.key)?.weight;
      if (weight === server.weight) continue;
      return {
        kind: 'conflict',
        code: 'overtaken',
        what: `${server.key} of ${key} had weight ${server.weight} when the edit was computed, and is ${weight === undefined ? 'absent' : `at ${weight}`} now`,
        next: 'Look at the table again, and plan anew.',
      };
    }
  }
  return undefined;
}

const weightIn = (
  { services }: Pick<Snapshot, 'services'>,
  { service, server }: Pick<TrackWrite, 'service' | 'server'>,
): number | undefined => {
  const row = services.find((one) => one.key === service);
  return row && findServer(row, server)?.weight;
};

const joined = (one: Snapshot, other: Snapshot): Snapshot => ({
  ...one,
  services: [
    ...one.services.filter(({ key }) => !other.services.some((fresh) => fresh.key === key)),
    ...other.services,
  ],
  samples: new Map([...one.samples, ...other.samples]),
});

function notWritten(result: CommandResult): Failure {
  const why = result.kind === 'exited' ? printable(result.stderr.trim()) : result.kind;
  return {
    kind: 'director',
    what: `a file that keepalived tracks could not be written: ${why}`,
    next: 'Look at its folder there: it has to exist, and to have room.',
  };
}

function notShown(
  director: string,
  missing: readonly Pick<TrackWrite, 'service' | 'server' | 'weight'>[],
  table: Snapshot,
): Failure {
  const [first] = missing;
  const found = first && weightIn(table, first);
  const row = found === undefined ? 'is not in the table' : `has weight ${found}`;
  return {
    kind: 'director',
    what: `keepalived was to give ${first?.server} of ${first?.service} weight ${first?.weight}, and after ${patienceMs / 1_000}s it ${row}`,
    where: `director ${director}`,
    next: "Look at keepalived's log; a server that is down comes back with the weight of its file.",
  };
}
