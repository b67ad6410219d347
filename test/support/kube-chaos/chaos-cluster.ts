import { createPrng } from '../../../src/ipvs/simulated/prng.ts';
import type { Clock } from '../../../src/rollout/ports.ts';
import type { ApiObject } from '../cluster/api-object.ts';
import { ClusterStore } from '../cluster/cluster-store.ts';
import {
  createMemoryApi,
  type FaultPlan,
  type ListFault,
  type MemoryApi,
  type WatchFault,
} from '../cluster/memory-api.ts';
import { type EndpointSketch, node, service, slice } from '../kube/cluster-objects.ts';

export const nodes = [1, 2, 3, 4];
export const excluded = 'node.kubernetes.io/exclude-from-external-load-balancers';
const dying = { key: 'ToBeDeletedByClusterAutoscaler', value: '1', effect: 'NoSchedule' };
const long = { lastTransitionTime: '2020-01-01T00:00:00Z' };

/**
 * A cluster of four nodes with two Services: `web` at 10.0.0.100:80, whose servers are all nodes, and `api` at
 * 10.0.0.101:80, of those alone that have a ready pod. What its API server does wrong is drawn.
 */
export class ChaosCluster {
  readonly store: ClusterStore;
  /** What goes wrong with the next requests, whatever they are about. */
  readonly lists: ListFault[] = [];
  readonly watches: WatchFault[] = [];
  /** The server cannot be reached until then. */
  awayUntilMs = 0;
  faults = 0;
  readonly #readers = new Set<MemoryApi>();
  readonly #pods = new Map<number, 'ready' | 'terminating' | 'none'>();

  constructor(
    private readonly clock: Clock,
    seed: number,
  ) {
    const prng = createPrng(seed);
    const digits = () =>
      prng
        .below(2 ** 24)
        .toString(16)
        .padStart(6, '0');
    const uuid = () => `${digits()}${digits()}-${digits()}`;
    this.store = new ClusterStore(() => clock.nowMs(), uuid);
    for (const n of nodes) this.#create('nodes', undefined, node(`n${n}`, { ready: long }));
    const port = { name: 'http', protocol: 'TCP', port: 80, targetPort: 8080 };
    const at = (address: string) => ({ 'drain.example/address': address });
    const web = service('web', {
      annotations: at('10.0.0.100'),
      ports: [{ ...port, nodePort: 80 }],
    });
    const api = service('api', {
      ...{ annotations: at('10.0.0.101'), ports: [{ ...port, nodePort: 8080 }] },
      spec: { externalTrafficPolicy: 'Local' },
    });
    this.#create('services', 'shop', web);
    this.#create('services', 'shop', api);
    this.#create('endpointslices', 'shop', slice('web', 'web-1', [{ at: '10.1.0.1' }]));
    this.#create('endpointslices', 'shop', slice('api', 'api-1', []));
    for (const n of nodes) this.pod(n, 'ready');
  }

  #create(resource: string, namespace: string | undefined, object: unknown): void {
    this.store.create(resource, namespace, object as ApiObject);
  }

  /** The reader of one process, in pages of three. */
  reader(clock: Clock): MemoryApi {
    const counted = <T>(fault: T | undefined): T | undefined => {
      if (fault !== undefined) this.faults++;
      return fault;
    };
    const isAway = (): boolean => this.clock.nowMs() < this.awayUntilMs;
    const plan: FaultPlan = {
      list: (resource) => counted(isAway() ? 'cut' : this.#listFault(resource)),
      watch: () => counted(isAway() ? 'cut' : this.watches.shift()),
    };
    const reader = createMemoryApi(this.store, clock, plan, 3);
    this.#readers.add(reader);
    return reader;
  }

  /** A Service that a list does not have is deleted, and goes as a whole: half a list of them is told to nobody. */
  #listFault(resource: string): ListFault | undefined {
    const fault = this.lists.shift();
    return fault === 'partial' && resource === 'services' ? 'empty' : fault;
  }

  breakWatches(how: 'cut' | 'silent' | 'closed'): void {
    for (const one of this.#readers) this.faults += one.breakWatches(how);
  }

  /** Each list is asked for anew, as after a 410; the first of them are answered so. */
  relist(...lists: readonly ListFault[]): void {
    this.lists.push(...lists);
    this.watches.push('gone', 'gone', 'gone');
    this.breakWatches('cut');
  }

  has(n: number): boolean {
    return this.store.all('nodes').some(({ metadata }) => metadata.name === `n${n}`);
  }

  deleteNode(n: number): void {
    if (this.has(n)) this.store.delete({ resource: 'nodes', name: `n${n}` });
  }

  /** A machine of that name and address, another one where there was one before. */
  bringNode(n: number): void {
    if (this.has(n)) return;
    const uid = `uid-n${n}-${this.store.version}`;
    this.#create('nodes', undefined, node(`n${n}`, { uid, ready: long }));
  }

  label(n: number, isOut: boolean): void {
    this.#patch(n, { metadata: { labels: { [excluded]: isOut ? '' : null } } });
  }

  taint(n: number, isOut: boolean): void {
    this.#patch(n, { spec: { taints: isOut ? [dying] : null } });
  }

  cordon(n: number, isOut: boolean): void {
    this.#patch(n, { spec: { unschedulable: isOut ? true : null } });
  }

  heartbeat(n: number, isReady: boolean): void {
    if (!this.has(n)) return;
    const lastHeartbeatTime = new Date(this.clock.nowMs()).toISOString();
    const condition = { type: 'Ready', status: isReady ? 'True' : 'Unknown', lastHeartbeatTime };
    const how = { kind: 'strategic', subresource: 'status' } as const;
    const place = { resource: 'nodes', name: `n${n}` };
    this.store.patch(place, { status: { conditions: [{ ...long, ...condition }] } }, how);
  }

  #patch(n: number, patch: object): void {
    if (this.has(n))
      this.store.patch({ resource: 'nodes', name: `n${n}` }, patch, { kind: 'merge' });
  }

  /** The pod of `api` on a node. */
  pod(n: number, how: 'ready' | 'terminating' | 'none'): void {
    this.#pods.set(n, how);
    const endpoints = [...this.#pods].flatMap(([on, is]): EndpointSketch[] => {
      const at = { at: `10.1.1.${on}`, node: `n${on}` };
      if (is === 'none') return [];
      const isReady = is === 'ready';
      return [{ ...at, ready: isReady, serving: true, terminating: !isReady }];
    });
    const place = { resource: 'endpointslices', namespace: 'shop', name: 'api-1' };
    const { endpoints: patched } = slice('api', 'api-1', endpoints);
    this.store.patch(place, { endpoints: patched }, { kind: 'merge' });
  }

  /** All is as in the beginning, and whoever watches knows it. */
  calm(): void {
    this.lists.length = 0;
    this.watches.length = 0;
    this.awayUntilMs = 0;
    for (const n of nodes) {
      this.bringNode(n);
      this.label(n, false);
      this.taint(n, false);
      this.cordon(n, false);
      this.heartbeat(n, true);
      this.pod(n, 'ready');
    }
    this.relist();
  }
}
