import type { ServiceKey } from '../../src/domain/address.ts';
import { ok } from '../../src/domain/failure.ts';
import type {
  Change,
  ServiceSample,
  Snapshot,
  VirtualService,
} from '../../src/domain/ipvs/ipvs.ts';
import type { Director } from '../../src/rollout/ports.ts';
import { answeringDirector } from './answering-director.ts';
import { snapshotOf } from './tables.ts';

export interface MemoryDirector extends Director {
  /** The weights of the one service, as `10.0.0.1 4, 10.0.0.3 4`. */
  weights(): string;
}

/** A director with one service in memory and no clients: for what the loop does with its answers. */
export function memoryDirector(
  name: string,
  service: VirtualService,
  answers: (own: Director) => Partial<Director> = () => ({}),
): MemoryDirector {
  let now = service;
  const shown = (): Snapshot => {
    const servers = new Map(
      now.servers.map(({ key, weight }) => [
        key,
        { weight, activeConn: 0, inActConn: 0, persistConn: 0 },
      ]),
    );
    const sample: ServiceSample = { service: now.key, scheduler: now.scheduler, servers };
    return {
      ...snapshotOf([now]),
      samples: new Map<ServiceKey, ServiceSample>([[now.key, sample]]),
    };
  };
  const make = (change: Change): void => {
    if (change.kind === 'set-scheduler') {
      now = { ...change.service, servers: now.servers };
      return;
    }
    if (!('server' in change))
      throw new Error(`no rollout makes a change of the kind ${change.kind}`);
    const { server } = change;
    const others = now.servers.filter(({ key }) => key !== server.key);
    now = { ...now, servers: change.kind === 'remove-server' ? others : [...others, server] };
  };
  const { timeouts } = snapshotOf([]);
  const own: Director = answeringDirector(name, {
    snapshot: async () => ok(shown()),
    sample: async () => ok([...shown().samples.values()]),
    look: async () => ok({ snapshot: shown(), connections: { entries: [], timeouts } }),
    connections: async () => ok({ entries: [], timeouts }),
    totals: async () => ok(new Map()),
    facts: async () => ({ sysctls: new Map() }),
    async apply(changes) {
      changes.forEach(make);
      return ok(shown());
    },
  });
  return {
    ...own,
    ...answers(own),
    weights: () =>
      [...now.servers]
        .sort((a, b) => (a.key < b.key ? -1 : 1))
        .map(({ address, weight }) => `${address} ${weight}`)
        .join(', '),
  };
}
