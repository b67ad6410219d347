import { describe, expect, it } from 'vitest';
import { lockForEdit, lockName } from '../../../src/daemons/lock-for-edit.ts';
import type { ServerKey, ServiceKey } from '../../../src/domain/address.ts';
import { fail, ok } from '../../../src/domain/failure.ts';
import { decideService } from '../../../src/guard/decide/decide-guard.ts';
import { blankMemory, type Decisions } from '../../../src/guard/decide/service-view.ts';
import { type GuardWorld, marksAfter, marksOf } from '../../../src/guard/guard-view.ts';
import { leftOut } from '../../../src/guard/guard-warnings.ts';
import { cutOff, leavingServers } from '../../../src/guard/move-clients.ts';
import { forgetEdited, writesAnything, writeWeights } from '../../../src/guard/write-weights.ts';
import type { MaintenanceMark } from '../../../src/rollout/ports.ts';
import { configOf, guarded, web } from '../../support/simulated-guard.ts';
import { realServer, snapshotOf, wrrService } from '../../support/tables.ts';

const server = (n: number) => `10.0.0.${n}:80` as ServerKey;
const [a, b] = [server(1), server(2)];
const dns = 'udp/10.0.0.9:53' as ServiceKey;
const table = 'ipvsadm';
const failure = { kind: 'director', what: 'no answer', where: 'lb1', next: 'look' } as const;
const mark = (more: Partial<MaintenanceMark> = {}): MaintenanceMark => ({
  ...{ table, service: web, server: a, reason: 'health', weight: 100, sinceMs: 1 },
  ...more,
});
const snapshot = snapshotOf([
  wrrService([realServer('10.0.0.1', 100), realServer('10.0.0.2', 50)]),
]);
/** A table in which every base weight is ten times what stands for it. */
const worldOf = (...marks: readonly MaintenanceMark[]): GuardWorld => ({
  snapshot,
  marks,
  clusters: [],
  fallbacks: [],
  rollouts: new Map(),
  account: {
    baseOf: (_, __, weight) => weight * 10,
    inForce: (_, __, base) => base / 10,
    isOnScale: () => true,
  },
});
/** Takes 10.0.0.2 to 0 beside 10.0.0.1, which is up. */
const dead = decideService({
  guarded,
  live: snapshot.services[0] as never,
  nowMs: 100_000,
  health: new Map(
    (
      [
        [a, 'up', true],
        [b, 'down', false],
      ] as const
    ).map(([key, verdict, passed]) => [
      key,
      {
        ...{ verdict, downsMs: [] },
        streak: { passed, count: 3, sinceMs: passed ? 1 : 95_000, askedMs: 99_000, detail: '' },
      },
    ]),
  ),
  ...{ marks: new Map(), operatorOut: new Set(), maintenance: new Set(), memory: blankMemory },
});
const decisions: Decisions = new Map([[web, dead]]);

describe('marks', () => {
  const all = [mark(), mark({ server: b, reason: 'operator' }), mark({ service: dns, weight: 70 })];

  it('of a service have the weight that stands for their own now', () => {
    expect([...marksOf(worldOf(...all), web, 'health')]).toEqual([[a, 10]]);
    expect([...marksOf(worldOf(...all), web, 'operator')]).toEqual([[b, 10]]);
    expect([...marksOf(worldOf(...all), dns, 'health')]).toEqual([[a, 7]]);
  });

  it('after a decision are those with its own, as base weights', () => {
    const marksFor = (decision: Partial<typeof dead>) =>
      marksAfter(worldOf(...all), new Map([[web, { ...dead, ...decision }]]), table, 9);
    expect(marksFor({})).toEqual([
      ...all,
      { ...{ table, service: web, server: b, reason: 'health' }, weight: 500, sinceMs: 9 },
    ]);
    expect(marksFor({ putMarks: new Map([[a, 5]]) })).toEqual([
      ...all.slice(1),
      mark({ weight: 50, sinceMs: 9 }),
    ]);
    expect(marksFor({ putMarks: new Map(), dropMarks: [a, b] })).toEqual(all.slice(1));
  });

  it('of a service that is guarded no more are told', () => {
    expect(leftOut(worldOf(...all, mark({ server: b })), web)).toMatchObject([
      {
        code: 'left-out',
        service: web,
        message: expect.stringContaining(`${a} (was 10), ${b} (was 10)`),
      },
    ]);
    expect(leftOut(worldOf(), web)).toEqual([]);
    expect(leftOut(undefined, web)).toEqual([]);
  });
});

describe('servers whose clients leave', () => {
  const moving = configOf({ clients: 'move' });
  const its = mark({ server: b });
  const leaving = (config = moving, marks = [its], reason: 'dead' | 'ramp' = 'dead') =>
    leavingServers(
      config,
      new Map([[web, { ...dead, edits: dead.edits.map((one) => ({ ...one, reason })) }]]),
      worldOf(...marks),
    ).map(({ server: { key } }) => key);

  it('are those that died just now, with a mark, where clients are to move', () => {
    expect(leaving()).toEqual([b]);
    expect(leaving(configOf())).toEqual([]);
    expect(leaving(moving, [])).toEqual([]);
    expect(leaving(moving, [mark({ server: b, reason: 'operator' })])).toEqual([]);
    expect(leaving(moving, [mark(), mark({ server: b, service: dns })])).toEqual([]);
    expect(leaving(moving, [its], 'ramp')).toEqual([]);
  });

  it('whose way out was cut off have a row in their mark', () => {
    const row = { server: realServer('10.0.0.1', 0), expireNodestConn: 0 };
    const world = worldOf(mark({ row }), mark({ server: b }), mark({ service: dns, row }));
    expect(cutOff(world).map(({ service }) => service)).toEqual([web, dns]);
    expect(cutOff(world, [dns]).map(({ service }) => service)).toEqual([dns]);
    expect(cutOff(world, [])).toEqual([]);
  });
});

describe('the writing of weights', () => {
  const written = async (failing: 'put' | 'apply' | 'remove' | undefined, decision = dead) => {
    const did: string[] = [];
    const answer = (what: 'put' | 'apply' | 'remove', more: string, value?: unknown) => {
      did.push(`${what} ${more}`);
      return failing === what ? fail(failure) : ok(value);
    };
    const deps = {
      table,
      clock: { nowMs: () => 9 },
      director: {
        apply: async (changes: readonly { server: { key: string; weight: number } }[]) =>
          answer(
            'apply',
            changes.map((one) => `${one.server.key} ${one.server.weight}`).join(),
            snapshot,
          ),
      },
      store: {
        marks: {
          put: async (one: MaintenanceMark) =>
            answer('put', `${one.server} ${one.weight} ${one.reason}`),
          remove: async (one: MaintenanceMark) => answer('remove', `${one.server} ${one.reason}`),
        },
      },
    };
    const result = await writeWeights(deps as never, new Map([[web, decision]]), worldOf());
    return { did, result };
  };
  const dropping = { ...dead, dropMarks: [a, server(4)] };

  it('is marks, edits, and then the marks that go', async () => {
    const { did, result } = await written(undefined, dropping);
    expect(did).toEqual([
      `put ${b} 500 health`,
      `apply ${b} 0`,
      `remove ${a} health`,
      'remove 10.0.0.4:80 health',
    ]);
    expect(result).toEqual({ snapshot, stands: true });
  });

  it.each([
    ['put', 1, false],
    ['apply', 2, false],
    // Both were on their way.
    ['remove', 4, true],
  ] as const)('ends with a %s that fails', async (failing, steps, stands) => {
    const { did, result } = await written(failing, dropping);
    expect(did).toHaveLength(steps);
    expect(result).toMatchObject({ failure, stands });
  });

  it('of a rack that fails has many marks on their way at once, and all kept before the edit', async () => {
    let open = 0;
    let most = 0;
    let kept = 0;
    let keptBeforeEdit = 0;
    const putMarks = new Map(Array.from({ length: 100 }, (_, n) => [server(n + 1), 5] as const));
    const deps = {
      table,
      clock: { nowMs: () => 9 },
      director: {
        apply: async () => {
          keptBeforeEdit = kept;
          return ok(snapshot);
        },
      },
      store: {
        marks: {
          put: async () => {
            most = Math.max(most, ++open);
            await new Promise((resolve) => setImmediate(resolve));
            open--;
            kept++;
            return ok(undefined);
          },
        },
      },
    };
    await writeWeights(deps as never, new Map([[web, { ...dead, putMarks }]]), worldOf());
    expect({ most, kept, keptBeforeEdit }).toEqual({ most: 32, kept: 100, keptBeforeEdit: 100 });
  });

  it('without edits runs no command', async () => {
    const idle = { ...dead, edits: [], putMarks: new Map() };
    expect((await written(undefined, idle)).did).toEqual([]);
    expect(
      [dead, idle, { ...idle, dropMarks: [a] }, { ...idle, putMarks: dead.putMarks }].map(
        writesAnything,
      ),
    ).toEqual([true, false, true, true]);
  });

  it('of which nobody knows forgets the weights that were to be set', () => {
    const memories = new Map([
      [
        web,
        {
          ...blankMemory,
          known: new Map([
            [a, 1],
            [b, 2],
          ]),
        },
      ],
    ]);
    forgetEdited(memories, decisions);
    expect([...(memories.get(web)?.known ?? [])]).toEqual([[a, 1]]);
    const none = new Map();
    forgetEdited(none, decisions);
    expect(none.get(web)).toEqual(blankMemory);
  });
});

describe('the locks of an edit', () => {
  const locksOf = (lockedForMs: readonly (number | undefined)[], holder?: object) => {
    const did: string[] = [];
    let asked = 0;
    const store = {
      lock: async ([resource]: readonly string[], _: unknown, how: unknown) => {
        did.push(`lock ${resource} ${JSON.stringify(how)}`);
        const forMs = lockedForMs[asked++];
        if (forMs === -1) return fail(failure);
        return ok({
          release: async () => void did.push(`release ${resource}`),
          ...(forMs === undefined ? {} : { lockedForMs: () => forMs }),
        });
      },
      holder: async () => holder,
    };
    return { did, locked: lockForEdit({ store, table } as never, [web, dns]) };
  };
  const name = lockName(web, table);

  it('are momentary, one for each service, and all let go', async () => {
    const { did, locked } = locksOf([undefined, undefined]);
    expect(await locked).toMatchObject({ mine: [web, dns], rollouts: new Map() });
    expect('lockedForMs' in (await locked)).toBe(false);
    await (await locked).release();
    expect(did).toEqual([
      `lock ${name} {"momentary":true}`,
      `lock ${lockName(dns, table)} {"momentary":true}`,
      `release ${name}`,
      `release ${lockName(dns, table)}`,
    ]);
  });

  it('last as long as the first of them', async () => {
    expect((await locksOf([5_000, 3_000]).locked).lockedForMs?.()).toBe(3_000);
    expect((await locksOf([5_000, undefined]).locked).lockedForMs?.()).toBe(5_000);
  });

  it('leave a service to the rollout that has it, and report any other reason', async () => {
    const rollout = { rollout: 'r1', pid: 7 };
    expect(await locksOf([-1, undefined], rollout).locked).toMatchObject({
      mine: [dns],
      rollouts: new Map([[web, 'r1']]),
    });
    expect((await locksOf([-1, undefined], rollout).locked).failure).toBeUndefined();
    for (const holder of [undefined, { ...rollout, momentary: true }]) {
      const { rollouts, failure: why } = await locksOf([-1, undefined], holder).locked;
      expect([rollouts.size, why]).toEqual([0, failure]);
    }
  });
});
