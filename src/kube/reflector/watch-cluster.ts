import { setMaxListeners } from 'node:events';
import type { Clock } from '../../rollout/ports.ts';
import type { ClusterResource, ClusterSnapshot } from '../cluster/cluster.ts';
import { clusterSnapshot } from '../cluster/cluster-snapshot.ts';
import { readNode } from '../cluster/read-node.ts';
import { readService } from '../cluster/read-service.ts';
import { readSlice } from '../cluster/read-slice.ts';
import type { ClusterApi } from '../kube-ports.ts';
import { Mirror, type Reader } from './mirror.ts';
import { reflect } from './reflect.ts';
import { isCurrent, type ReflectorState, unsyncedReflector } from './reflector-state.ts';

export interface WatchClusterOptions {
  readonly api: Pick<ClusterApi, 'list' | 'watch'>;
  /** Of Services and slices; all of them without it. */
  readonly namespaces?: readonly string[] | undefined;
  readonly clock: Clock;
  /** From 0 to 1. */
  random(): number;
  readonly signal: AbortSignal;
  /** Told when the snapshot is another, and when a list becomes current or ceases to be: no heartbeat. */
  onChange(): void;
}

export interface WatchedCluster {
  /** The cluster as it was last seen: the very same object until it changes. */
  snapshot(): ClusterSnapshot;
  /** One state for each namespace, or one for all. */
  states(): Readonly<Record<ClusterResource, readonly ReflectorState[]>>;
  /** Whether all that is watched is what the server has, as far as anybody can know. */
  isCurrent(): boolean;
  readonly ended: Promise<unknown>;
}

interface Reflector<T> {
  readonly mirror: Mirror<T>;
  state: ReflectorState;
}

/** Keeps the cluster's nodes, Services and slices in view until `signal` aborts. */
export function watchCluster(options: WatchClusterOptions): WatchedCluster {
  const { namespaces, onChange, signal } = options;
  // One for each namespace, which node would take for a leak and say so on stderr.
  setMaxListeners(0, signal);
  const running: Promise<void>[] = [];
  let known: ClusterSnapshot | undefined;

  function reflectors<T>(
    resource: ClusterResource,
    read: Reader<T>,
    within: readonly (string | undefined)[],
  ): readonly Reflector<T>[] {
    return within.map((namespace) => {
      const one: Reflector<T> = { mirror: new Mirror(read), state: unsyncedReflector };
      const onStep = (state: ReflectorState, isChanged: boolean): void => {
        const isNews = isChanged || state.isSynced !== one.state.isSynced;
        const isTold = isNews || isCurrent(state) !== isCurrent(one.state);
        one.state = state;
        if (isNews) known = undefined;
        if (isTold) onChange();
      };
      running.push(reflect({ ...options, resource, namespace, mirror: one.mirror, onStep }));
      return one;
    });
  }

  const each = namespaces ?? [undefined];
  const nodes = reflectors('nodes', readNode, [undefined]);
  const services = reflectors('services', readService, each);
  const slices = reflectors('endpointslices', readSlice, each);
  const all = [...nodes, ...services, ...slices];
  return {
    snapshot() {
      known ??= clusterSnapshot({
        nodes: valuesOf(nodes),
        services: valuesOf(services),
        slices: valuesOf(slices),
      });
      return known;
    },
    states: () => ({
      nodes: nodes.map(({ state }) => state),
      services: services.map(({ state }) => state),
      endpointslices: slices.map(({ state }) => state),
    }),
    isCurrent: () => all.every(({ state }) => isCurrent(state)),
    ended: Promise.all(running),
  };
}

/** Nothing at all until each of them has been listed: part of a cluster is none. */
const valuesOf = <T>(all: readonly Reflector<T>[]): readonly T[] | undefined =>
  all.every(({ state }) => state.isSynced)
    ? all.flatMap(({ mirror }) => mirror.values())
    : undefined;
