import type { Config } from '../../../config/files/config.ts';
import { readConfig } from '../../../config/files/read-config.ts';
import { resolveDirector } from '../../../config/names/known-directors.ts';
import { type GivenOptions, layered } from '../../../config/options/options.ts';
import { readToolSettings } from '../../../config/settings/settings.ts';
import { summaryOf } from '../../../control/status/summary.ts';
import { isLocalPlace, isSimulatedPlace } from '../../../domain/places/director-access.ts';
import { isOver } from '../../../domain/rollout/rollout-status.ts';
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
      return rolloutsOf(env, all, () => true);
    case 'unfinished':
      return rolloutsOf(env, all, (isFinished) => !isFinished);
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

async function rolloutsOf(
  env: Environment,
  given: GivenOptions,
  fits: (isFinished: boolean) => boolean,
): Promise<readonly Candidate[]> {
  const tools = readToolSettings(given);
  if (!tools.ok || tools.value.state?.startsWith('etcd')) return [];
  const store = await env.openStore(tools.value.state);
  const ids = await store.list();
  const found: Candidate[] = [];
  for (const id of ids.ok ? ids.value : []) {
    if (found.length === mostRollouts) break;
    const seen = await watchRollout(store, id).look(Date.now(), 'never');
    if (!seen.ok) continue;
    const { state, from, to } = summaryOf(seen.value);
    if (!fits(isOver(state))) continue;
    found.push({ value: id, help: `${state}: ${[from.join(', '), to.join(', ')].join(' to ')}` });
  }
  return found;
}
