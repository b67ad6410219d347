import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readNode } from '../../../src/kube/cluster/read-node.ts';
import { Mirror } from '../../../src/kube/reflector/mirror.ts';
import { reflect } from '../../../src/kube/reflector/reflect.ts';
import {
  isCurrent,
  type ReflectorState,
  unsyncedReflector,
} from '../../../src/kube/reflector/reflector-state.ts';
import { ClusterStore } from '../../support/cluster/cluster-store.ts';
import {
  createMemoryApi,
  type ListFault,
  type WatchFault,
} from '../../support/cluster/memory-api.ts';
import { standingClock } from '../../support/notice-clocks.ts';

const listFaults: readonly ListFault[] = [
  ...(['busy', 'cut', 'silent', 'forbidden', 'reordered', 'gone'] as const),
];
const watchFaults: readonly WatchFault[] = [
  ...(['busy', 'cut', 'silent', 'forbidden', 'gone', 'hasty', 'half', 'twice'] as const),
];

type Move =
  | { readonly kind: 'set' | 'delete' | 'heartbeat'; readonly node: number }
  | { readonly kind: 'list-fault'; readonly fault: ListFault }
  | { readonly kind: 'watch-fault'; readonly fault: WatchFault }
  | { readonly kind: 'break'; readonly how: 'cut' | 'silent' | 'closed' }
  | { readonly kind: 'compact' }
  | { readonly kind: 'wait'; readonly ms: number };

const node = fc.nat(5);
const moves: fc.Arbitrary<readonly Move[]> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('set' as const), node }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('delete' as const), node }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('heartbeat' as const), node }) },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('list-fault' as const),
        fault: fc.constantFrom(...listFaults),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('watch-fault' as const),
        fault: fc.constantFrom(...watchFaults),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('break' as const),
        how: fc.constantFrom('cut' as const, 'silent' as const, 'closed' as const),
      }),
    },
    { weight: 1, arbitrary: fc.constant({ kind: 'compact' } as const) },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('wait' as const),
        ms: fc.constantFrom(100, 2_000, 60_000, 200_000),
      }),
    },
  ),
  { minLength: 20, maxLength: 40 },
);

/** Remembers what was computed for an object that is never changed. */
function once<T>(compute: (object: object) => T): (object: unknown) => T {
  const known = new WeakMap<object, T>();
  return (object) => {
    const found = known.get(object as object) ?? compute(object as object);
    known.set(object as object, found);
    return found;
  };
}
const readOnce = once(readNode);
const textOf = once((node) =>
  JSON.stringify(node, (_, value) => (value instanceof Map ? [...value] : value)),
);

/** All that is waiting for promises alone has happened. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

class Cluster {
  readonly clock = standingClock();
  readonly store = new ClusterStore(() => this.clock.nowMs());
  readonly mirror = new Mirror(readNode);
  readonly lies: string[] = [];
  faults = 0;
  woken = 0;
  state: ReflectorState = unsyncedReflector;
  readonly #lists: ListFault[] = [];
  readonly #watches: WatchFault[] = [];
  /** The nodes after each write, by version: what the server was. */
  readonly #was: { readonly version: number; readonly nodes: string }[] = [];
  readonly api = createMemoryApi(this.store, this.clock, {
    list: () => this.#counted(this.#lists.shift()),
    watch: () => this.#counted(this.#watches.shift()),
  });

  #counted<T>(fault: T | undefined): T | undefined {
    if (fault !== undefined) this.faults += 1;
    return fault;
  }

  calm(): void {
    this.#lists.length = 0;
    this.#watches.length = 0;
  }

  now(): string {
    return this.nodesOf(this.store.all('nodes').map(readOnce));
  }

  nodesOf(values: readonly unknown[]): string {
    return values.map(textOf).sort().join();
  }

  remember(): void {
    if (this.#was.at(-1)?.version === Number(this.store.version)) return;
    this.#was.push({ version: Number(this.store.version), nodes: this.now() });
  }

  /** At a version that the state names, the mirror is what the server was then. */
  look(state: ReflectorState, isChanged: boolean): void {
    this.state = state;
    if (isChanged) this.woken += 1;
    if (!state.isSynced && this.mirror.values().length > 0) this.lies.push('unsynced, not empty');
    if (!state.isSynced || state.version === undefined) return;
    // A change is told while it is made.
    this.remember();
    const was = this.#was.findLast(({ version }) => version <= Number(state.version));
    if (was?.nodes !== this.nodesOf(this.mirror.values())) this.lies.push(`at ${state.version}`);
  }

  move(move: Move): void {
    switch (move.kind) {
      case 'set':
      case 'heartbeat':
        this.#write(`n${move.node}`, move.kind === 'set');
        this.remember();
        return;
      case 'delete':
        if (this.store.all('nodes').some(({ metadata }) => metadata.name === `n${move.node}`)) {
          this.store.delete({ resource: 'nodes', name: `n${move.node}` });
        }
        this.remember();
        return;
      case 'list-fault':
        this.#lists.push(move.fault);
        return;
      case 'watch-fault':
        this.#watches.push(move.fault);
        return;
      case 'break':
        this.faults += this.api.breakWatches(move.how);
        return;
      case 'compact':
        this.store.compact();
        return;
      case 'wait':
        this.clock.moveOn(move.ms);
        return;
    }
  }

  #count = 0;
  #write(name: string, isChange: boolean): void {
    const place = { resource: 'nodes', name };
    this.#count += 1;
    const labels = { n: String(this.#count) };
    if (!this.store.all('nodes').some(({ metadata }) => metadata.name === name)) {
      this.store.create('nodes', undefined, { metadata: { name, labels } });
      return;
    }
    const heartbeat = { type: 'Ready', status: 'True', lastHeartbeatTime: `${this.#count}` };
    const patch = isChange ? { metadata: { labels } } : { status: { conditions: [heartbeat] } };
    const subresource = isChange ? undefined : ('status' as const);
    this.store.patch(place, patch, { kind: 'strategic', subresource });
  }
}

async function ran(all: readonly Move[]): Promise<Cluster> {
  const cluster = new Cluster();
  cluster.remember();
  const stop = new AbortController();
  const { api, mirror, clock } = cluster;
  const running = reflect({
    ...{ api, resource: 'nodes', mirror, clock, signal: stop.signal, random: () => 0.5 },
    onStep: (state, isChanged) => cluster.look(state, isChanged),
  });
  for (const move of all) {
    cluster.move(move);
    await settled();
  }
  // Nothing more goes wrong: in 20 minutes a silent watch has been noticed, and all pauses are over.
  cluster.calm();
  for (let i = 0; i < 40; i++) {
    await settled();
    clock.moveOn(30_000);
  }
  await settled();
  expect(isCurrent(cluster.state)).toBe(true);
  expect(cluster.nodesOf(mirror.values())).toBe(cluster.now());
  stop.abort();
  await running;
  return cluster;
}

describe('the nodes that are known', () => {
  it('are the server’s in the end, and at each version that is named, whatever went wrong', async () => {
    let faults = 0;
    await fc.assert(
      fc.asyncProperty(moves, async (all) => {
        const cluster = await ran(all);
        expect(cluster.lies).toEqual([]);
        faults += cluster.faults;
      }),
      { numRuns: 180 },
    );
    expect(faults).toBeGreaterThan(500);
  });

  it('cost a server that closes each watch at once a handful of requests a minute', async () => {
    const cluster = new Cluster();
    const stop = new AbortController();
    const { api, mirror, clock } = cluster;
    for (let i = 0; i < 100; i++) cluster.move({ kind: 'watch-fault', fault: 'hasty' });
    const signal = stop.signal;
    const running = reflect({
      ...{ api, resource: 'nodes', mirror, clock, signal, random: () => 0, onStep: () => {} },
    });
    for (let i = 0; i < 600; i++) {
      await settled();
      clock.moveOn(100);
    }
    stop.abort();
    await running;
    // 0.8, 1.6, 3.2, 6.4, 12.8 and 25.6 s apart.
    expect(api.asked).toEqual(['list nodes', ...Array(7).fill('watch nodes')]);
  });
});
