import {
  parseServerName,
  type ServerKey,
  type ServerName,
  type ServiceKey,
} from '../../domain/address.ts';
import {
  baseOf,
  type CountedService,
  type Floors,
  floorOf,
  leastOf,
  measured,
  servingOf,
} from '../../domain/floor/floor.ts';
import { floorText } from '../../domain/floor/floor-words.ts';
import type { FallbackClaim } from '../../domain/health/fallback.ts';
import type { KeptReason, KeptServer, ReportedServer } from '../../domain/health/guard-report.ts';
import { noHostFacts, weightOwner } from '../../domain/ipvs/host-facts.ts';
import type { VirtualService } from '../../domain/ipvs/ipvs.ts';
import {
  type ClusterClaim,
  clusterWords,
  outByCluster,
} from '../../domain/rollout/cluster-claim.ts';
import type { DirectorTable } from '../../planner/plan-tables.ts';
import type { MaintenanceMark } from '../../rollout/ports.ts';
import type { WeightAccount } from '../../rollout/state/weight-account.ts';
import { fallbackTimes, keptTimes } from '../status/fallback-lines.ts';
import type { RolloutSummary } from '../status/summary.ts';

/** A virtual service of one director as `drain list` shows it; as JSON a contract. */
export interface ListedService {
  readonly director: string;
  readonly service: ServiceKey;
  readonly scheduler: string;
  /** New connections a second, where the kernel counts them. */
  readonly connectionsPerSecond?: number | undefined;
  readonly servers: readonly ListedServer[];
  /** Rollouts that are not over and have weights of the service on their way, or wait for their start. */
  readonly rollouts: readonly ListedRollout[];
  /** The clusters that drive the service, or servers of it. */
  readonly clusters: readonly string[];
  /** The program that has the service in its own configuration: `keepalived`; absent where none is known to. */
  readonly managedBy?: string | undefined;
  /** The capacity that nobody takes the service below, where the config file has one. */
  readonly minServing?: ListedFloor | undefined;
}

/** A floor and how far the service is from it, in servers or in weight on the scale without rollouts. */
export interface ListedFloor {
  /** The floor as the config file has it: `3`, `50%`. */
  readonly floor: string;
  readonly unit: 'servers' | 'weight';
  readonly serving: number;
  /** The servers or the weight when nobody is out. */
  readonly of: number;
  /** The least that has to serve. */
  readonly least: number;
  /** The room that is left; below 0 the service is under its floor. */
  readonly spare: number;
}

export interface ListedServer {
  readonly server: ServerKey;
  /** Names and groups of the config file that mean the server. */
  readonly names: readonly string[];
  readonly groups: readonly string[];
  readonly weight: number;
  /** The weight that is remembered: the same but where a rollout has the service on a scale of its own. */
  readonly baseWeight: number;
  readonly activeConn: number;
  readonly inActConn: number;
  readonly persistConn: number;
  /** The reasons why the server is out of service, or has a part of its weight. */
  readonly out: readonly ListedOut[];
  /** A server that a guard has added, to stand in while those of the service are dead. */
  readonly fallback?: ListedFallback | undefined;
  /** A server that is down, or wanted out, and that its guard keeps in. */
  readonly kept?: ListedKept | undefined;
}

export interface ListedKept {
  readonly reason: KeptReason;
  readonly verdict: ReportedServer['verdict'];
  readonly since: string;
  /** The last answer. */
  readonly detail: string;
}

export interface ListedFallback {
  readonly since: string;
  /** The time since which it leaves as its connections end; absent: it serves. */
  readonly leavingSince?: string | undefined;
}

export interface ListedOut {
  readonly reason: 'operator' | 'health' | 'cluster';
  readonly since: string;
  /** The weight to come back to. */
  readonly weight: number;
  /** The cluster, its node and the cause; or the percentage that a server's agent asks for. */
  readonly detail?: string | undefined;
}

export type ListedRollout = Pick<
  RolloutSummary,
  'rollout' | 'state' | 'from' | 'to' | 'move' | 'step' | 'of' | 'message'
>;

/** All that is known of one table. */
export interface KnownTable {
  readonly table: DirectorTable;
  readonly marks: readonly MaintenanceMark[];
  readonly clusters: readonly ClusterClaim[];
  readonly fallbacks: readonly FallbackClaim[];
  /** Servers that guards of this table keep in. */
  readonly kept: readonly KeptServer[];
  readonly account: WeightAccount;
  readonly rollouts: ReadonlyMap<ServiceKey, readonly ListedRollout[]>;
  readonly floors: Floors;
  /** The services with everything counted that is out. */
  readonly counted: readonly CountedService[];
}

/** The names of the config file, by what they mean. */
export interface Named {
  readonly names: readonly (readonly [name: string, server: ServerName])[];
  readonly groups: readonly (readonly [group: string, server: ServerName])[];
}

/** The services of one table, in its order or in that of `wanted`. Pure. */
export function listedServices(
  known: KnownTable,
  named: Named,
  wanted: readonly ServiceKey[] | undefined,
): readonly ListedService[] {
  const { services, samples, connectionsPerSecond } = known.table.snapshot;
  const chosen = wanted
    ? wanted.flatMap((key) => services.filter((service) => service.key === key))
    : services;
  return chosen.map((service): ListedService => {
    const { key, scheduler } = service;
    const sample = samples.get(key);
    const clusters = known.clusters.filter((claim) => claim.service === key);
    return {
      director: known.table.director,
      service: key,
      scheduler,
      connectionsPerSecond: connectionsPerSecond?.get(key),
      servers: service.servers.map((server) => ({
        server: server.key,
        ...namesOf(server.key, named),
        weight: server.weight,
        baseWeight: known.account.baseOf(key, server.key, server.weight),
        activeConn: sample?.servers.get(server.key)?.activeConn ?? 0,
        inActConn: sample?.servers.get(server.key)?.inActConn ?? 0,
        persistConn: sample?.servers.get(server.key)?.persistConn ?? 0,
        out: outOf(known, service, server.key),
        ...fallbackOf(known, key, server.key),
        ...keptOf(known, key, server.key),
      })),
      rollouts: known.rollouts.get(key) ?? [],
      clusters: [...new Set(clusters.map(({ cluster }) => cluster))],
      managedBy: managerOf(known.table, key),
      minServing: floorIn(known, key),
    };
  });
}

function fallbackOf(
  { fallbacks }: KnownTable,
  service: ServiceKey,
  server: ServerKey,
): Pick<ListedServer, 'fallback'> {
  const claim = fallbacks.find((one) => one.service === service && one.servers.includes(server));
  return claim ? { fallback: fallbackTimes(claim) } : {};
}

/** The owner of a service; of one whose configuration could not be read whole nobody can tell. */
function managerOf({ facts = noHostFacts }: DirectorTable, key: ServiceKey): string | undefined {
  const owner = weightOwner(facts, key);
  return owner?.services && owner.name;
}

function keptOf(
  { kept }: KnownTable,
  service: ServiceKey,
  server: ServerKey,
): Pick<ListedServer, 'kept'> {
  const one = kept.find((found) => found.service === service && found.server === server);
  return one ? { kept: { reason: one.kept, ...keptTimes(one) } } : {};
}

function floorIn({ floors, counted }: KnownTable, service: ServiceKey): ListedFloor | undefined {
  const floor = floorOf(floors, service);
  const own = counted.find((one) => one.service === service);
  if (!floor || !own) return undefined;
  const of = { floor, base: baseOf(own) };
  const [serving, least] = [rounded(measured(of, servingOf(own))), rounded(leastOf(of))];
  return {
    floor: floorText(floor),
    unit: floor.kind === 'count' ? 'servers' : 'weight',
    serving,
    of: rounded(measured(of, of.base)),
    least,
    spare: rounded(serving - least),
  };
}

/** Weights of a ramp come back to the scale of the table with a fraction. */
const rounded = (amount: number): number => Number(amount.toFixed(3));

function outOf(
  { marks, clusters }: KnownTable,
  { key: service }: VirtualService,
  server: ServerKey,
): readonly ListedOut[] {
  const own = marks.filter((mark) => mark.service === service && mark.server === server);
  const out = outByCluster(clusters, service, server);
  return [
    ...own.map(({ reason, sinceMs, weight, percent }) => ({
      ...{ reason, since: timeOf(sinceMs), weight },
      ...(percent === undefined ? {} : { detail: `its agent asks for ${percent}% of its weight` }),
    })),
    ...(out
      ? [
          {
            reason: 'cluster' as const,
            since: timeOf(out.sinceMs),
            weight: out.weight,
            detail: clusterWords(out),
          },
        ]
      : []),
  ];
}

const timeOf = (ms: number): string => new Date(ms).toISOString();

function namesOf(
  server: ServerKey,
  { names, groups }: Named,
): Pick<ListedServer, 'names' | 'groups'> {
  const own = parseServerName(server);
  const means = (name: ServerName): boolean =>
    name.address === own?.address && (name.port === undefined || name.port === own.port);
  const matching = (all: Named['names']) => [
    ...new Set(all.flatMap(([name, meant]) => (means(meant) ? [name] : []))),
  ];
  return { names: matching(names), groups: matching(groups) };
}
