import type { KubeEventBody } from '../../../src/domain/events/kube-event.ts';
import type { KubeTerms } from '../../../src/kube/decide/kube-view.ts';
import { runKube } from '../../../src/kube/run/run-kube.ts';
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
  /** `drain kube FILE --adopt`, until it is told to stop. */
  drive(tools: ProcessTools): Promise<Ended>;
}

const capacities = [1, 0.5, 0.75];
const terms: KubeTerms = {
  ...defaultTerms,
  join: { afterMs: 0, overMs: 4_000 },
  leave: { ...defaultTerms.leave, timeoutMs: 20_000 },
  adopts: true,
};

export function createCluster(): AccountCluster {
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
  return {
    out,
    events,
    changed() {
      wanted = wantedNow();
      for (const wake of wakes) wake();
    },
    async drive({ director, store, clock, stop }) {
      const { ended } = runKube({
        ...{ directors: [{ director, table: 'ipvsadm' }], store, clock, stop },
        terms: () => terms,
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
      return { exitCode: await ended, advice: [], mend: [], said: '' };
    },
  };
}
