import type { ServerKey } from '../../../src/domain/address.ts';
import type { KubeEventBody } from '../../../src/domain/events/kube-event.ts';
import type { Floors } from '../../../src/domain/floor/floor.ts';
import type { KubeTerms } from '../../../src/kube/decide/kube-view.ts';
import { type RunningKube, runKube } from '../../../src/kube/run/run-kube.ts';
import type { Wanted } from '../../../src/kube/wanted/wanted.ts';
import { defaultTerms, labelled, serves, wantedOf, wantedService } from '../kube/decide-lab.ts';
import type { Ended, ProcessTools } from './process.ts';
import { web } from './table.ts';

/** A cluster that asks for the servers of `web` at the weights that they have in the table. */
export interface AccountCluster {
  /** Servers whose node is sent away. */
  readonly out: Set<number>;
  readonly events: KubeEventBody[];
  changed(): void;
  /** `drain continue kube-prod`. */
  goOn(): void;
  /** `drain kube FILE --adopt`, until it is told to stop. */
  drive(tools: Pick<ProcessTools, 'director' | 'store' | 'clock' | 'stop'>): Promise<Ended>;
}

const capacities = [1, 0.5, 0.75];
/** The weights of its servers, where nobody else is beside them. */
export const clusterWeights: readonly (readonly [ServerKey, number])[] = capacities.map(
  (capacity, i) => [`10.0.0.${i + 1}:80` as ServerKey, capacity * 100],
);

const terms: KubeTerms = {
  ...defaultTerms,
  join: { afterMs: 0, overMs: 4_000 },
  leave: { ...defaultTerms.leave, timeoutMs: 20_000 },
  adopts: true,
};

export function createCluster(floors?: Floors): AccountCluster {
  const out = new Set<number>();
  const events: KubeEventBody[] = [];
  const wakes = new Set<() => void>();
  const wantedNow = (): Wanted =>
    wantedOf([
      wantedService(
        capacities.map((capacity, i) => {
          const address = `10.0.0.${i + 1}`;
          return {
            ...{ key: `${address}:80` as never, address, port: 80, capacity },
            ...{ node: `n${i + 1}`, uid: `uid-${i + 1}` },
            presence: out.has(i + 1) ? labelled : serves,
          };
        }),
        { service: web },
      ),
    ]);
  let wanted = wantedNow();
  let running: RunningKube | undefined;
  return {
    out,
    events,
    changed() {
      wanted = wantedNow();
      for (const wake of wakes) wake();
    },
    goOn: () => running?.goOn(),
    async drive({ director, store, clock, stop }) {
      running = runKube({
        ...{ directors: [{ director, table: 'ipvsadm' }], store, clock, stop },
        terms: () => ({ ...terms, floors }),
        mayWrite: () => true,
        cluster: {
          wanted: () => wanted,
          onChange: (wake) => void wakes.add(wake),
          isReady: async () => true,
        },
        emit: (_, event) => void events.push(event),
        trouble: () => {},
        patch: () => {},
      });
      return { exitCode: await running.ended, advice: [], mend: [], said: '' };
    },
  };
}
