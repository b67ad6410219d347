import type { ServiceKey } from '../domain/address.ts';
import { type Failure, fail, ok, type Result } from '../domain/failure.ts';
import { type HostCounters, noHostCounters } from '../domain/ipvs/host-counters.ts';
import type { FactsWanted } from '../domain/ipvs/host-facts.ts';
import { type HostFacts, noHostFacts } from '../domain/ipvs/host-facts.ts';
import { type Change, type Snapshot, serviceOf } from '../domain/ipvs/ipvs.ts';
import type { CommandRunner, Director, RecentTotals } from '../rollout/ports.ts';
import { applyChanges } from './edits/apply-changes.ts';
import { listLines, type View } from './ipvsadm-args.ts';
import type { Section } from './listing.ts';
import { type Listing, type Output, runLines } from './run-lines.ts';
import { connectionTable, unreadConnection } from './table/connection-table.ts';
import { localEdit } from './table/local-servers.ts';
import { measureLines, measurementOf } from './table/measure-table.ts';
import { createQuickSamples, noQuickSamples } from './table/quick-samples.ts';
import { readTable, samplesOf, totalsOf } from './table/read-table.ts';
import { createTunnelMemory, type TunnelMemory } from './table/tunnel-memory.ts';

export interface DirectorOptions {
  readonly name: string;
  readonly runner: CommandRunner;
  /** The rollout's clock: with it, listings of services bring their totals along. */
  readonly nowMs?: () => number;
  /** The text of /proc/net/ip_vs where `runner` runs: with it, most samples cost no process. */
  readonly readProcTable?: () => string | undefined;
  /** Reads the facts of the director's machine; without this function none are known. */
  readonly readFacts?: (wanted: FactsWanted) => Promise<HostFacts>;
  readonly readCounters?: () => Promise<HostCounters>;
  /** Sets a setting under net.ipv4.vs of the director's machine. */
  readonly setSysctl?: Director['setSysctl'];
}

/**
 * A director whose table is reached through the `ipvsadm` command. Every call is one `ipvsadm -R`
 * process, with edits and listings as lines on its standard input; but a sample is none where the
 * kernel's own file tells the same.
 *
 * Failures: `preflight` (no root, no module, no ipvsadm), `conflict` (a service or server is not
 * what it was: somebody else changed the table), `director` (everything else).
 */
export function createDirector({
  name,
  runner,
  nowMs,
  readProcTable,
  readFacts = async () => noHostFacts,
  readCounters = async () => noHostCounters,
  setSysctl,
}: DirectorOptions): Director {
  const tunnels = createTunnelMemory();
  const quick = readProcTable ? createQuickSamples(readProcTable) : noQuickSamples;
  let recent: RecentTotals | undefined;
  /**
   * The lines that add totals to a listing where the latest totals are too old, and the function
   * that keeps the new totals.
   */
  const bringTotals = (keys: readonly ServiceKey[], everyMs = estimatorMs) => {
    const atMs = nowMs?.();
    const isDue = atMs !== undefined && !(recent && atMs - recent.atMs < everyMs);
    return {
      lines: isDue ? listLines(keys, [totalsView]) : [],
      keep: ({ sections }: Listing): void => {
        if (isDue) recent = { atMs, totals: totalsOf(sections) };
      },
    };
  };
  const run = (lines: readonly string[]) => runLines(runner, lines);
  const partOf = (keys: readonly ServiceKey[], listing: Listing): Result<Snapshot> => {
    const part = partSnapshot(keys, listing, tunnels);
    if (part.ok) quick.learn(part.value.samples.values());
    return part;
  };
  const located = <T>(result: Result<T>, keys: readonly ServiceKey[] = []): Result<T> =>
    result.ok ? result : fail(withPlace(result.failure, name, keys));

  return {
    name,
    ...(setSysctl && { setSysctl }),
    async snapshot(services) {
      const keys = services && [...new Set(services)];
      if (!keys) {
        const whole = answered(await run(wholeTable));
        return located(whole.ok ? wholeSnapshot(whole.value, tunnels) : whole);
      }
      // Made before a step, for whoever wants to know what each step got.
      const totals = bringTotals(keys, 0);
      const listing = answered(await run([...readBackLines(keys, tunnels), ...totals.lines]));
      if (!listing.ok) return located(listing, keys);
      totals.keep(listing.value);
      return located(partOf(keys, listing.value), keys);
    },
    async apply(changes, from) {
      const keys = [...new Set(changes.map(serviceOf))];
      const unfit = localEdit(changes);
      if (unfit) return located(fail(unfit), keys);
      // A service that comes or goes can be listed on one side of the edits only.
      const without = (kind: Change['kind']): readonly ServiceKey[] => {
        const others = new Set(changes.flatMap((one) => (one.kind === kind ? serviceOf(one) : [])));
        return keys.filter((key) => !others.has(key));
      };
      const [before, after] = [without('add-service'), without('remove-service')];
      const listing = attributeLines(before, tunnels);
      tunnels.expect(changes);
      const readBack = readBackLines(after, tunnels);
      const services = before.length;
      const applied = await applyChanges(changes, { from, listing, services, readBack, run });
      return located(applied.ok ? partOf(after, applied.value) : applied, keys);
    },
    async sample(services) {
      const keys = [...new Set(services)];
      const totals = bringTotals(keys, readProcTable ? totalsEveryMs : estimatorMs);
      const counted = totals.lines.length === 0 ? quick.of(keys) : undefined;
      if (counted) return ok(counted);
      const lines = [...listLines(keys, ['persistent-conn']), ...totals.lines];
      const listing = answered(await run(lines));
      if (!listing.ok) return located(listing, keys);
      totals.keep(listing.value);
      const samples = samplesOf(listing.value.sections);
      quick.learn(samples.values());
      const found = keys.flatMap((key) => samples.get(key) ?? []);
      return found.length === keys.length ? ok(found) : located(fail(changedMeanwhile), keys);
    },
    async connections() {
      const listing = withKinds(['connections'], answered(await run(['-Lnc'])));
      return listing.ok ? ok(connectionTable(listing.value)) : located(listing);
    },
    async look(services) {
      const keys = [...new Set(services)];
      const totals = bringTotals(keys);
      const lines = [...readBackLines(keys, tunnels), ...totals.lines, '-Lnc'];
      const listing = withKinds(['connections'], answered(await run(lines)));
      if (!listing.ok) return located(listing, keys);
      totals.keep(listing.value);
      const snapshot = partOf(keys, listing.value);
      if (!snapshot.ok) return located(snapshot, keys);
      const unread = unreadConnection(listing.value, snapshot.value.services);
      if (unread) return located(fail(unread), keys);
      return ok({ snapshot: snapshot.value, connections: connectionTable(listing.value) });
    },
    async syncDaemons() {
      const listing = answered(await run(['-L --daemon']));
      if (!listing.ok) return located(listing);
      const { sections } = listing.value;
      return ok(
        sections.flatMap((section) =>
          section.kind === 'sync-daemon' ? [{ role: section.role, syncId: section.syncId }] : [],
        ),
      );
    },
    async measure() {
      const listing = answered(await run(measureLines));
      if (!listing.ok) return located(listing);
      const measured = measurementOf(listing.value.sections);
      return measured.ok ? measured : located(fail(notPrinted(measured.failure)));
    },
    hostCounters: readCounters,
    async totals(services) {
      const keys = [...new Set(services)];
      const listing = answered(await run(listLines(keys, [totalsView])));
      if (!listing.ok) return located(listing, keys);
      return ok(totalsOf(listing.value.sections));
    },
    recentTotals: () => recent,
    stillShows: (samples) => quick.stillShows(samples),
    facts: (wanted = {}) => readFacts(wanted),
  };
}

/** The view of totals: without --exact, 100,000,000 and more are rounded, and not seen to grow. */
const totalsView = 'stats --exact' as const;

/** The interval at which the kernel adds its counters up: more often there is nothing new. */
const estimatorMs = 2_000;

/** The interval where only the totals need a process: ipvsadm is then called this often. */
const totalsEveryMs = 4_000;

/**
 * Adds the place to a failure: ipvsadm names no service in its messages, so the place names the
 * services in question.
 */
function withPlace(failure: Failure, name: string, keys: readonly ServiceKey[]): Failure {
  const named = keys.slice(0, 3).join(', ') + (keys.length > 3 ? ', ...' : '');
  const places = [`director ${name}`, named, failure.where ?? ''].filter((place) => place !== '');
  return { ...failure, where: places.join(', ') };
}

const wholeTable = [
  '-Sn',
  // `-Sn` prints Local forwarding as that of direct routing.
  '-Ln',
  '-Ln --thresholds',
  '-Ln --persistent-conn',
  // Without --exact a rate of 100,000,000 and more would be rounded.
  '-Ln --rate --exact',
];

/**
 * `-Ln -t X` shows the persistence engine of a persistent service only, and `-Sn` of every one. So a
 * service with an engine but without persistence, which the kernel accepts and makes no use of, has
 * its engine in whole snapshots only: build a `set-scheduler` from one of those.
 */
function readBackLines(keys: readonly ServiceKey[], tunnels: TunnelMemory): readonly string[] {
  return serviceLines(keys, tunnels, ['thresholds', 'persistent-conn']);
}

/** What edits write, without the counters. */
const attributeLines = (keys: readonly ServiceKey[], tunnels: TunnelMemory): readonly string[] =>
  serviceLines(keys, tunnels, ['thresholds']);

function serviceLines(
  keys: readonly ServiceKey[],
  tunnels: TunnelMemory,
  views: readonly View[],
): readonly string[] {
  const unknown = keys.some((key) => !tunnels.isFree(key));
  const perService = listLines(keys, ['plain', ...views]);
  return unknown ? ['-Sn', ...perService] : perService;
}

function answered(output: Output): Result<Listing> {
  if (output.kind === 'unread') return fail(output.failure);
  return output.complaint?.isDecisive ? fail(output.complaint.failure) : ok(output.listing);
}

/** A listing prints its heading even when it is empty; only `-Sn` of an empty table prints nothing. */
function withKinds(kinds: readonly Section['kind'][], listing: Result<Listing>): Result<Listing> {
  if (!listing.ok) return listing;
  const { sections } = listing.value;
  const missing = kinds.find((kind) => !sections.some((section) => section.kind === kind));
  return missing === undefined ? listing : fail(notPrinted(missing));
}

const notPrinted = (kind: Section['kind']): Failure => ({
  kind: 'director',
  what: `ipvsadm did not print the listing "${kind}" that it was asked for, and said nothing`,
  next: 'Run `ipvsadm --version` there: drain needs 1.26 or later, and was measured with 1.31.',
});

function wholeSnapshot(listing: Listing, tunnels: TunnelMemory): Result<Snapshot> {
  const complete = withKinds(['thresholds', 'persistent-conn', 'rate'], ok(listing));
  if (!complete.ok) return complete;
  const { services, samples, connectionsPerSecond } = readTable(listing.sections);
  tunnels.learn(services);
  return ok({ services, samples, timeouts: listing.timeouts, connectionsPerSecond });
}

function partSnapshot(
  keys: readonly ServiceKey[],
  listing: Listing,
  tunnels: TunnelMemory,
): Result<Snapshot> {
  const [surprise] = tunnels.surprises(listing);
  if (surprise !== undefined) return fail(newTunnel(surprise));
  const { services, samples } = readTable(listing.sections);
  tunnels.learn(services);
  // Only what was asked for has thresholds, and without them readTable leaves a service out.
  if (services.length < keys.length) return fail(changedMeanwhile);
  return ok({ services, samples, timeouts: listing.timeouts });
}

const newTunnel = (service: ServiceKey): Failure => ({
  kind: 'conflict',
  what: `somebody has added a tunnel server to ${service}, and its options were not listed`,
  next: 'Look at the table again: the next listing of this service has them.',
});

const changedMeanwhile: Failure = {
  kind: 'conflict',
  what: 'a virtual service was added or removed while the table was being listed',
  next: 'Look at the table again.',
};
