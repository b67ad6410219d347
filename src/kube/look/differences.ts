import type { ServerKey, ServiceKey } from '../../domain/address.ts';
import { findService, type VirtualService } from '../../domain/ipvs/ipvs.ts';
import type { ClaimedServer, ClusterClaim } from '../../domain/rollout/cluster-claim.ts';
import type { Presence, Wanted, WantedServer, WantedService } from '../wanted/wanted.ts';

/** What a cluster would change in one table, a virtual service after the other. */
export interface ServiceDifference {
  readonly service: ServiceKey;
  /** The Kubernetes Service, `namespace/name:port`. */
  readonly of: string;
  readonly change: 'add' | 'keep' | 'remove' | 'none';
  readonly servers: readonly ServerDifference[];
  /** The rollout that has the service: nothing of this is done before it is over. */
  readonly waitsFor?: string | undefined;
}

/**
 * `add` and `bring-in` end with weight, by a ramp; `take-out` with weight 0, then out of the table.
 * `wait`: not yet. `pass-over`: it would leave, and is not there. `foreign`: somebody else's, untouched.
 */
export type ServerChange =
  | 'add'
  | 'bring-in'
  | 'keep'
  | 'take-out'
  | 'wait'
  | 'pass-over'
  | 'foreign';

export interface ServerDifference {
  readonly server: ServerKey;
  readonly node?: string | undefined;
  readonly change: ServerChange;
  /** The weight in the table; absent where it is not there. */
  readonly weight?: number | undefined;
  /** Its part among the cluster's own servers; absent of those that get none. */
  readonly capacity?: number | undefined;
  /** A tag: `exclude-label`, `not-ready`, `node-deleted`, `other-owner`. */
  readonly why?: string | undefined;
  /** Other people's word beside it: the key of a taint. */
  readonly detail?: string | undefined;
}

export interface TableFacts {
  readonly services: readonly VirtualService[];
  /** Of this cluster, on this table. */
  readonly claims: readonly ClusterClaim[];
}

/**
 * The differences between what is wanted and one table, in the order of the wanted services; those that
 * are only claimed any more come last.
 */
export function differencesOf(
  wanted: Pick<Wanted, 'services'>,
  { services, claims }: TableFacts,
): readonly ServiceDifference[] {
  const asked = wanted.services.map((one) => {
    const claim = claims.find(({ service }) => service === one.service);
    return differenceOf(one, findService({ services }, one.service), claim?.servers ?? []);
  });
  const known = new Set(wanted.services.map(({ service }) => service));
  const left = claims.filter(({ service }) => !known.has(service));
  return [
    ...asked,
    ...left.map(({ service, of, servers, addedService }): ServiceDifference => {
      const live = findService({ services }, service);
      return {
        service,
        of: nameOf(of),
        change: live && addedService ? 'remove' : 'none',
        servers: [...servers.flatMap((one) => forgotten(one, live)), ...foreign(live, servers)],
      };
    }),
  ];
}

function differenceOf(
  { service, of, phase, servers }: WantedService,
  live: VirtualService | undefined,
  claimed: readonly ClaimedServer[],
): ServiceDifference {
  const own = new Set(claimed.map(({ server }) => server));
  const wantedKeys = new Set(servers.map(({ key }) => key));
  const gone = claimed.filter(({ server }) => !wantedKeys.has(server));
  const others = live?.servers.filter(({ key }) => !own.has(key)) ?? [];
  return {
    service,
    of: nameOf(of),
    change: changeOfService(phase, live, others.length > 0),
    servers: [
      ...servers.map((one) => serverDifference(one, live, own.has(one.key))),
      ...gone.flatMap((one) => forgotten(one, live)),
      ...foreign(live, claimed).filter(({ server }) => !wantedKeys.has(server)),
    ],
  };
}

const nameOf = ({ namespace, name, port }: WantedService['of']): string =>
  `${namespace}/${name}:${port}`;

function changeOfService(
  phase: WantedService['phase'],
  live: VirtualService | undefined,
  hasOthers: boolean,
): ServiceDifference['change'] {
  if (phase === 'ending') return live && !hasOthers ? 'remove' : 'none';
  return live ? 'keep' : 'add';
}

function serverDifference(
  { key, node, capacity, presence }: WantedServer,
  live: VirtualService | undefined,
  isOwn: boolean,
): ServerDifference {
  const weight = live?.servers.find((one) => one.key === key)?.weight;
  const at = { server: key, node, weight };
  if (weight !== undefined && !isOwn) return { ...at, change: 'foreign', why: 'other-owner' };
  switch (presence.kind) {
    case 'serves':
      return { ...at, change: changeOfServing(weight), capacity };
    case 'waits':
      // For a server that is in, what makes others wait changes nothing.
      return weight !== undefined && weight > 0
        ? { ...at, change: 'keep', capacity }
        : { ...at, change: 'wait', why: presence.why };
    case 'leaves':
      return { ...at, change: weight === undefined ? 'pass-over' : 'take-out', ...whyOf(presence) };
  }
}

const changeOfServing = (weight: number | undefined): ServerChange => {
  if (weight === undefined) return 'add';
  return weight > 0 ? 'keep' : 'bring-in';
};

const whyOf = ({ cause, detail }: Extract<Presence, { kind: 'leaves' }>) => ({
  why: cause,
  detail,
});

/** A server of the cluster's own of which the cluster knows nothing any more. */
function forgotten(
  { server, node }: ClaimedServer,
  live: VirtualService | undefined,
): readonly ServerDifference[] {
  const weight = live?.servers.find(({ key }) => key === server)?.weight;
  return weight === undefined
    ? []
    : [{ server, node, weight, change: 'take-out', why: 'node-deleted' }];
}

const foreign = (
  live: VirtualService | undefined,
  claimed: readonly ClaimedServer[],
): readonly ServerDifference[] =>
  (live?.servers ?? [])
    .filter(({ key }) => !claimed.some(({ server }) => server === key))
    .map(({ key, weight }) => ({ server: key, weight, change: 'foreign', why: 'other-owner' }));

/** Whether anything would be changed. */
export const isDifferent = ({ change, servers }: ServiceDifference): boolean =>
  change === 'add' ||
  change === 'remove' ||
  servers.some((one) => ['add', 'bring-in', 'take-out'].includes(one.change));
