import type { Config } from '../../../config/files/config.ts';
import { readConfig } from '../../../config/files/read-config.ts';
import { resolveDirector } from '../../../config/names/known-directors.ts';
import { type GivenOptions, layered } from '../../../config/options/options.ts';
import { readToolSettings } from '../../../config/settings/settings.ts';
import { summaryOf } from '../../../control/status/summary.ts';
import { ok } from '../../../domain/failure.ts';
import { isLocalPlace, isSimulatedPlace } from '../../../domain/places/director-access.ts';
import { isEtcdPlace } from '../../../domain/places/etcd-place.ts';
import { isFinalEnd, isOver, type RolloutStatus } from '../../../domain/rollout/rollout-status.ts';
import { handOver } from '../../../reporters/wording.ts';
import type { Store } from '../../../rollout/ports.ts';
import type { Records } from '../../../rollout/records.ts';
import { watchRollout } from '../../../watch/watch-rollout.ts';
import type { Environment } from '../../environment.ts';
import type { Candidate, Looked } from './wanted.ts';

/** As many rollouts as a person reads through. */
const mostRollouts = 50;

/**
 * What this machine knows of a kind. A Tab connects to nobody and asks for no password: of directors this
 * machine and simulated ones are listed, with a plain `ipvsadm`, and of states only folders.
 */
export async function lookFor(
  env: Environment,
  given: GivenOptions,
  kind: Exclude<Looked, 'files'>,
): Promise<readonly Candidate[]> {
  const read = await readConfig(given);
  if (!read.ok) return [];
  const config = read.value;
  const all = layered(given, config.defaults);
  switch (kind) {
    case 'directors':
      return directorsOf(config);
    case 'servers':
      return [...namesOf(config), ...(await tableOf(env, config, all)).servers];
    case 'services':
      return (await tableOf(env, config, all)).services;
    case 'rollouts':
      return rolloutsOf(env, all);
    case 'unfinished':
      return unfinishedOf(env, all);
  }
}

const directorsOf = ({ directors }: Config): readonly Candidate[] => [
  { value: 'local', help: 'this machine' },
  { value: 'sim', help: 'a simulated director' },
  ...[...directors].map(([value, { where }]) => ({ value, help: where })),
];

const namesOf = ({ names: { names, groups } }: Config): readonly Candidate[] => [
  ...[...groups].map(([value, servers]) => ({ value, help: `group: ${servers.join(', ')}` })),
  ...[...names].map(([value, address]) => ({ value, help: `name: ${address}` })),
];

interface Table {
  readonly servers: readonly Candidate[];
  readonly services: readonly Candidate[];
}

async function tableOf(env: Environment, config: Config, given: GivenOptions): Promise<Table> {
  const none = { servers: [], services: [] };
  const tools = readToolSettings(given);
  if (!tools.ok) return none;
  const near = tools.value.directors
    .map((text) => resolveDirector(text, config.directors, tools.value.ipvsadm))
    .filter(
      ({ where, ipvsadm }) =>
        isSimulatedPlace(where) || (isLocalPlace(where) && /^(\S*\/)?ipvsadm$/.test(ipvsadm)),
    );
  if (near.length === 0) return none;
  const opened = await env.openDirectors(near, { paced: false });
  if (!opened.ok) return none;
  const listings = await Promise.all(
    [...opened.value.directors.values()].map((director) => director.snapshot()),
  );
  const rows = listings.flatMap((listing) => (listing.ok ? listing.value.services : []));
  const servers = new Map<string, string[]>();
  for (const { key, servers: own } of rows) {
    for (const server of own) servers.set(server.key, [...(servers.get(server.key) ?? []), key]);
  }
  return {
    servers: [...servers].map(([value, services]) => ({ value, help: services.join(', ') })),
    services: [...new Map(rows.map((row) => [row.key, row])).values()].map((row) => ({
      value: row.key,
      help: `${row.scheduler}, ${row.servers.length} servers`,
    })),
  };
}

/** A state folder of the options; an etcd is asked by no Tab. */
async function nearStore(env: Environment, given: GivenOptions): Promise<Store | undefined> {
  const tools = readToolSettings(given);
  if (!tools.ok || isEtcdPlace(tools.value.state ?? '')) return undefined;
  return env.openStore(tools.value.state);
}

async function rolloutsOf(env: Environment, given: GivenOptions): Promise<readonly Candidate[]> {
  const store = await nearStore(env, given);
  const ids = await store?.list();
  const latest = ids?.ok ? ids.value.slice(0, mostRollouts) : [];
  return store ? rolloutsIn(store, latest, () => true) : [];
}

/** What can still go on or back, at a cost that what is over does not add to. */
async function unfinishedOf(env: Environment, given: GivenOptions): Promise<readonly Candidate[]> {
  const store = await nearStore(env, given);
  if (!store) return [];
  const index = await store.unfinished.list();
  const ids = index.ok && index.value.isWhole ? ok(index.value.rollouts) : await store.list();
  return [
    ...(await rolloutsIn(store, ids.ok ? ids.value : [], (state) => !isOver(state))),
    ...(await recordsIn(store.sequences, 'a list of rollouts')),
    ...(await recordsIn(store.arounds, 'a drain around')),
  ];
}

async function rolloutsIn(
  store: Store,
  ids: readonly string[],
  fits: (state: RolloutStatus) => boolean,
): Promise<readonly Candidate[]> {
  const found: Candidate[] = [];
  for (const value of ids) {
    const seen = await watchRollout(store, value).look(Date.now(), 'never');
    if (!seen.ok) continue;
    const { state, ...plan } = summaryOf(seen.value);
    if (fits(state)) found.push({ value, help: `${state}: ${handOver(plan)}` });
  }
  return found;
}

/** Records beside the journals that are not over, which the same commands go on with. */
async function recordsIn<T extends { readonly end?: Parameters<typeof isFinalEnd>[0] }>(
  records: Records<T>,
  help: string,
): Promise<readonly Candidate[]> {
  const ids = await records.list();
  const found: Candidate[] = [];
  for (const value of ids.ok ? ids.value.slice(0, mostRollouts) : []) {
    const read = await records.read(value);
    if (read.ok && read.value && !isFinalEnd(read.value.end)) found.push({ value, help });
  }
  return found;
}
