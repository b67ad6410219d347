import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ServiceKey, serverKey } from '../../src/domain/address.ts';
import {
  type Change,
  isServiceChange,
  type RealServer,
  type Snapshot,
  serviceOf,
  type VirtualService,
} from '../../src/domain/ipvs/ipvs.ts';
import { orderChanges } from '../../src/rollout/edit/order-changes.ts';

const server = (octet: number, weight: number): RealServer => ({
  key: serverKey(`10.0.0.${octet}`, 80),
  address: `10.0.0.${octet}`,
  port: 80,
  forwarding: 'masq',
  weight,
  upperThreshold: 0,
  lowerThreshold: 0,
});

const service = (mark: number, servers: readonly RealServer[]): VirtualService => ({
  key: `fwm/${mark}` as ServiceKey,
  address: { kind: 'fwmark', mark, family: 4 },
  scheduler: 'wrr',
  schedulerFlags: [],
  onePacket: false,
  servers,
});

const snapshotOf = (services: readonly VirtualService[]): Snapshot => ({
  services,
  samples: new Map(),
  timeouts: { tcpS: 900, tcpFinS: 120, udpS: 300 },
});

type Weights = ReadonlyMap<string, number>;

/** The weights of each service after one more line. */
function after(weights: Weights, change: Change): Weights {
  if (isServiceChange(change)) return weights;
  const next = new Map(weights);
  if (change.kind === 'remove-server') next.delete(change.server.key);
  else next.set(change.server.key, change.server.weight);
  return next;
}

const total = (weights: Weights): number => [...weights.values()].reduce((sum, w) => sum + w, 0);

const weight = fc.oneof(fc.constant(0), fc.nat({ max: 3 }), fc.nat({ max: 65535 }));

/** Before and after of one service, from `undefined` (no such server) to a weight. */
const anyService = fc.array(
  fc.record({ before: fc.option(weight), after: fc.option(weight), edited: fc.boolean() }),
  { maxLength: 6 },
);

function changesOf(
  mark: number,
  plan: readonly { before: number | null; after: number | null; edited: boolean }[],
): Change[] {
  const key = `fwm/${mark}` as ServiceKey;
  return plan.flatMap(({ before, after, edited }, octet): Change[] => {
    if (!edited) return [];
    if (after === null) {
      return before === null
        ? []
        : [{ kind: 'remove-server', service: key, server: server(octet, before) }];
    }
    const kind = before === null ? 'add-server' : 'set-weight';
    return [{ kind, service: key, server: server(octet, after) }];
  });
}

const anyBatch = fc.array(anyService, { maxLength: 3 }).chain((plans) => {
  const before = snapshotOf(
    plans.map((plan, mark) =>
      service(
        mark + 1,
        plan.flatMap((one, octet) => (one.before === null ? [] : [server(octet, one.before)])),
      ),
    ),
  );
  const changes = plans.flatMap((plan, at) => changesOf(at + 1, plan));
  return fc.record({
    before: fc.constant(before),
    changes: fc.shuffledSubarray(changes, { minLength: changes.length }),
  });
});

describe('an ordered batch', () => {
  it('leaves a service that has weight before and after some weight after every line', () => {
    fc.assert(
      fc.property(anyBatch, ({ before, changes }) => {
        for (const { key, servers } of before.services) {
          const ordered = orderChanges(changes, before).filter((one) => serviceOf(one) === key);
          const states = [
            new Map(servers.map((one) => [one.key as string, one.weight])) as Weights,
          ];
          for (const change of ordered) states.push(after(states.at(-1) ?? new Map(), change));
          const first = total(states[0] ?? new Map());
          const last = total(states.at(-1) ?? new Map());
          const lowest = Math.min(...states.map(total));
          // Stronger than "never 0": it never goes below where it begins or ends.
          expect(lowest).toBe(Math.min(first, last));
        }
      }),
    );
  });

  it('is the same changes, no more and no less', () => {
    fc.assert(
      fc.property(anyBatch, ({ before, changes }) => {
        const ordered = orderChanges(changes, before);
        expect(ordered).toHaveLength(changes.length);
        expect(new Set(ordered)).toEqual(new Set(changes));
      }),
    );
  });

  it('keeps the changes of a service together, its scheduler first', () => {
    fc.assert(
      fc.property(anyBatch, ({ before, changes }) => {
        const [first] = before.services;
        const scheduled: Change[] = first ? [{ kind: 'set-scheduler', service: first }] : [];
        const services = orderChanges([...changes, ...scheduled], before).map(serviceOf);
        const runs = services.filter((key, at) => key !== services[at - 1]);
        expect(new Set(runs).size).toBe(runs.length);
        const ordered = orderChanges([...changes, ...scheduled], before);
        const own = ordered.filter((one) => serviceOf(one) === first?.key);
        if (first) expect(own[0]?.kind).toBe('set-scheduler');
      }),
    );
  });
});

describe('a batch that names a server twice', () => {
  it('keeps its order, because the last one is what it means', () => {
    const changes: Change[] = [
      { kind: 'set-weight', service: 'fwm/1' as ServiceKey, server: server(1, 1) },
      { kind: 'set-weight', service: 'fwm/1' as ServiceKey, server: server(1, 9) },
    ];
    expect(orderChanges(changes, snapshotOf([service(1, [server(1, 5)])]))).toEqual(changes);
  });
});
