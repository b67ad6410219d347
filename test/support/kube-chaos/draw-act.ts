import type { Prng } from '../../../src/ipvs/simulated/prng.ts';
import type { ListFault, WatchFault } from '../cluster/memory-api.ts';
import { nodes } from './chaos-cluster.ts';
import type { ChaosSite } from './chaos-site.ts';

const listFaults: readonly ListFault[] = [
  ...(['busy', 'cut', 'silent', 'forbidden', 'reordered', 'gone', 'slow'] as const),
];
const watchFaults: readonly WatchFault[] = [
  ...(['busy', 'cut', 'silent', 'forbidden', 'gone', 'hasty', 'half', 'twice'] as const),
];
/** A list that lies is believed to be the cluster after five minutes; these are found out sooner. */
const lieMs = { least: 5_000, more: 200_000 };

/** Does the next thing of a story, as it is drawn. */
export function act(site: ChaosSite, prng: Prng): void {
  const { cluster, machine, clock } = site;
  const pick = <T>(all: readonly T[]): T => all[prng.below(all.length)] as T;
  const n = pick(nodes);
  const isOut = prng.below(2) === 0;
  const told = (what: string, run: () => void): (() => void) => {
    return () => {
      site.tell(what);
      run();
    };
  };
  const ofCluster = [
    told(`label ${n} ${isOut}`, () => cluster.label(n, isOut)),
    told(`taint ${n} ${isOut}`, () => cluster.taint(n, isOut)),
    told(`cordon ${n} ${isOut}`, () => cluster.cordon(n, isOut)),
    told(`ready ${n} ${isOut}`, () => cluster.heartbeat(n, isOut)),
    told(`delete ${n}`, () => cluster.deleteNode(n)),
    told(`bring ${n}`, () => cluster.bringNode(n)),
    () => {
      const how = pick(['ready', 'ready', 'terminating', 'none'] as const);
      told(`pod ${n} ${how}`, () => cluster.pod(n, how))();
    },
  ];
  const ofServer = [
    () => {
      const faults = Array.from({ length: 1 + prng.below(4) }, () => pick(listFaults));
      told(`lists ${faults}`, () => cluster.relist(...faults))();
    },
    () => {
      const fault = pick(watchFaults);
      told(`watch ${fault}`, () => cluster.watches.push(fault))();
    },
    () => {
      const how = pick(['cut', 'silent', 'closed'] as const);
      told(`break ${how}`, () => cluster.breakWatches(how))();
    },
    told('compact', () => cluster.store.compact()),
    () => {
      const forMs = 5_000 + prng.below(120_000);
      told(`away ${forMs}`, () => {
        cluster.awayUntilMs = clock.nowMs() + forMs;
        cluster.breakWatches('cut');
      })();
    },
    () => {
      const lies = Array.from({ length: 1 + prng.below(3) }, () =>
        pick(['partial', 'empty'] as const),
      );
      const forMs = lieMs.least + prng.below(lieMs.more);
      told(`lies ${lies} ${forMs}`, () => cluster.relist(...lies))();
      machine.simulation.at(
        clock.nowMs() + forMs,
        told('the truth', () => cluster.relist()),
      );
    },
  ];
  const ofController = [
    () => {
      const [driving] = site.running('drive');
      const point = 1 + prng.below(14);
      const when = pick(['before', 'after'] as const);
      told(`kill drive at ${point} ${when}`, () => driving?.killAt(point, when))();
    },
    () => {
      const [driving] = site.running('drive');
      told('stop drive', () => driving?.signal('sigterm'))();
    },
    () => {
      if (site.running('drive').length === 0) site.drive();
    },
  ];
  const address = `10.0.0.${n}`;
  const overMs = pick([0, 3_000]);
  const ofOthers = [
    () => site.begin({ kind: isOut ? 'out' : 'in', server: address, overMs }),
    () => site.begin({ kind: isOut ? 'out' : 'in', server: address, overMs }),
    () => {
      if (site.running('guard').length === 0) site.begin({ kind: 'guard' });
    },
    told(`sick ${n} ${isOut}`, () => {
      if (isOut) machine.sick.add(address);
      else machine.sick.delete(address);
    }),
    // Of the cluster's services it is refused, and goes on in the one that is nobody's.
    () => site.begin({ kind: 'hand-over', from: address, to: '10.0.0.5', overMs, force: false }),
    () => {
      const [other] = site.running('guard', 'out', 'in', 'hand-over');
      const point = 1 + prng.below(10);
      told(`kill ${other?.what} at ${point}`, () => other?.killAt(point, 'after'))();
    },
  ];
  const all = [ofCluster, ofCluster, ofServer, ofServer, ofController, ofController];
  pick(pick(site.keepsShare ? all : [...all, ofOthers, ofOthers]))();
}
