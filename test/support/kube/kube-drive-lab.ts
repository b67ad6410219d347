// Loaded when it is needed, and virtual time does not wait for that.
import '../../../src/store/documents/mark-schema.ts';
import { driveByCluster } from '../../../src/control/kube/drive.ts';
import type { OpenFleet } from '../../../src/control/ports.ts';
import type { DaemonProbes } from '../../../src/daemons/probes.ts';
import type { ServerKey } from '../../../src/domain/address.ts';
import type { KubeEvent, KubeNotice } from '../../../src/domain/events/kube-event.ts';
import { ok } from '../../../src/domain/failure.ts';
import { createDirector } from '../../../src/ipvs/director.ts';
import { createSimulatedIpvsadm } from '../../../src/ipvs/simulated/simulated-director.ts';
import type { Gate, StopRequest } from '../../../src/rollout/ports.ts';
import { createMemoryStore } from '../../../src/store/memory-store.ts';
import type { ApiObject } from '../cluster/api-object.ts';
import { ClusterStore } from '../cluster/cluster-store.ts';
import { createMemoryApi } from '../cluster/memory-api.ts';
import { storeApi } from '../cluster/store-api.ts';
import { node, nowMs, service, slice } from './cluster-objects.ts';
import { settingsOf } from './kube-settings.ts';

/** The file of each controller, where a test gives it no other. */
export const driveSettings = settingsOf('join: { after: 0s, over: 0s }\nnodeCondition: true');

/** Controllers of one cluster and one simulated director, by the virtual clock. */
export function openDriveLab() {
  const count = ({ stdin }: { readonly stdin: string }): undefined => {
    if (/^-[aedADE] /m.test(stdin)) lab.edits++;
  };
  const simulation = createSimulatedIpvsadm({ seed: 1, startMs: nowMs, faults: count });
  const { clock } = simulation;
  const cluster = new ClusterStore(() => clock.nowMs());
  const object = (given: unknown): ApiObject => given as ApiObject;
  for (const name of ['n1', 'n2']) cluster.create('nodes', undefined, object(node(name)));
  cluster.create('services', 'shop', object(service('web')));
  cluster.create('endpointslices', 'shop', object(slice('web', 'web-1', [{ at: '10.1.0.1' }])));
  const store = createMemoryStore();
  const lab = {
    simulation,
    cluster,
    store,
    /** Servers that fail their check. */
    sick: new Set<string>(),
    probes: undefined as DaemonProbes | undefined,
    /** The rights are gone: each list and each watch is refused. */
    isForbidden: false,
    /** The file as it is read; a change of it is seen at the next reload. */
    settings: driveSettings,
    reload: (): void => {},
    breakWatches: (): void => {},
    /** Calls of ipvsadm that edit. */
    edits: 0,
    checkOf: (server: ServerKey): Gate => ({
      ...{ name: `check ${server}`, kind: 'check', server },
      ask: async () => {
        const passed = !lab.sick.has(server);
        return { passed, detail: passed ? '200 OK' : '503 Service Unavailable' };
      },
    }),
    /** Runs one until that second. */
    run(instance: string, endS: number, isShared = true) {
      const events: (KubeEvent | KubeNotice)[] = [];
      const written: string[] = [];
      let stop: StopRequest | undefined;
      const stopping = new AbortController();
      simulation.at(nowMs + endS * 1_000, () => {
        stop = { signal: 'sigterm', again: false };
        stopping.abort();
      });
      const director = createDirector({ name: 'lb1', runner: simulation.runner });
      const opened: OpenFleet = {
        access: [{ director: 'lb1', where: 'local', ipvsadm: 'ipvsadm' }],
        directors: new Map([['lb1', director]]),
        clock,
      };
      const memoryApi = createMemoryApi(cluster, clock, {
        list: () => (lab.isForbidden ? 'forbidden' : undefined),
        watch: () => (lab.isForbidden ? 'forbidden' : undefined),
      });
      lab.breakWatches = () => void memoryApi.breakWatches('cut');
      const api = storeApi(cluster, memoryApi, (what) => void written.push(what));
      const ended = driveByCluster(
        { lookUp: async () => [] },
        {
          ...{ api, file: 'kube.yaml', settings: driveSettings, opened, store, isShared, instance },
          readSettings: async () => ok(lab.settings),
          onReload: (reload) => {
            lab.reload = reload;
          },
          adopts: false,
          stop: { requested: () => stop, signal: () => stopping.signal },
          random: () => 0,
          show: async (probes) => {
            lab.probes = probes;
            return ok(async () => {});
          },
          createCheck: async (_, { key }) => ok(lab.checkOf(key)),
          emit: (event) => void events.push(event),
        },
      );
      const types = () => events.map(({ type }) => type);
      return { ended, events, types, written };
    },
    weights: () =>
      Object.fromEntries(
        simulation.kernel.table.services.flatMap(({ servers }) =>
          servers.map(({ key, weight }) => [key, weight]),
        ),
      ),
  };
  return lab;
}
