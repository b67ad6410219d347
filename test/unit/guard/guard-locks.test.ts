import { describe, expect, it } from 'vitest';
import type { ServiceKey } from '../../../src/domain/address.ts';
import { type Failure, fail, ok } from '../../../src/domain/failure.ts';
import { createClaims } from '../../../src/guard/guard-locks.ts';
import { keptOut, lookAround } from '../../../src/guard/guard-view.ts';
import { clientsThatStay } from '../../../src/guard/guard-warnings.ts';
import type { MaintenanceMark } from '../../../src/rollout/ports.ts';
import { createMemoryStore } from '../../../src/store/memory-store.ts';
import { configOf, web } from '../../support/simulated-guard.ts';
import { realServer, snapshotOf, wrrService } from '../../support/tables.ts';

const [api, dns] = ['tcp/10.0.0.100:81', 'udp/10.0.0.9:53'] as ServiceKey[] as [
  ServiceKey,
  ServiceKey,
];
const resource = (service: ServiceKey) => `guard of ${service} on ipvsadm`;

/** Claims beside other guards, that have these locks. */
function claimsBeside(theirs: Readonly<Record<string, number | undefined>> = {}) {
  const held = new Set<string>();
  const tried: string[] = [];
  const refusal: Failure = { kind: 'conflict', what: 'locked' };
  const store = {
    async lock([name = '']: readonly string[]) {
      tried.push(name);
      if (name in theirs || held.has(name)) return fail(refusal);
      held.add(name);
      return ok({ release: async () => void held.delete(name) });
    },
    async holder(name: string) {
      const pid = theirs[name];
      return pid === undefined ? undefined : { rollout: 'guard', pid, sinceMs: 1 };
    },
  };
  const claims = createClaims({ store, table: 'ipvsadm' } as never);
  return { claims, held, tried, refusal };
}

describe('the services of a guard', () => {
  it('are locked while it has them, each once, and let go of when it has them no more', async () => {
    const { claims, held, tried } = claimsBeside();
    expect(await claims.hold([web, api])).toBeUndefined();
    expect([...held]).toEqual([resource(web), resource(api)]);
    expect(await claims.hold([api, dns])).toBeUndefined();
    expect([...held]).toEqual([resource(api), resource(dns)]);
    expect(tried).toEqual([resource(web), resource(api), resource(dns)]);
    expect(await claims.hold([web, api, dns])).toBeUndefined();
    expect(held.size).toBe(3);
    await claims.release();
    expect(held.size).toBe(0);
  });

  it('are as before where another guard has one of the new ones', async () => {
    const { claims, held } = claimsBeside({ [resource(dns)]: 812 });
    await claims.hold([web]);
    expect(await claims.hold([api, dns])).toEqual({
      kind: 'conflict',
      what: `another guard looks after ${dns} already (process 812)`,
      next: 'stop that one, or leave the service out of one of the files',
    });
    expect([...held]).toEqual([resource(web)]);
  });

  it('say why where a lock cannot be had that nobody holds', async () => {
    const { claims, refusal } = claimsBeside({ [resource(web)]: undefined });
    expect(await claims.hold([web])).toEqual(refusal);
  });
});

describe('what a guard sees', () => {
  const snapshot = snapshotOf([wrrService([realServer('10.0.0.1', 100)])]);
  const mark = (more: Partial<MaintenanceMark>): MaintenanceMark => ({
    ...{ table: 'ipvsadm', service: web, server: '10.0.0.1:80' as never },
    ...{ reason: 'health', weight: 100, sinceMs: 1 },
    ...more,
  });
  const seen = async (more: object = {}, listed: object = ok(snapshot)) => {
    const store = { ...createMemoryStore(), ...more };
    const director = { snapshot: async () => listed };
    const deps = { director, store, table: 'ipvsadm' };
    return lookAround(deps as never, configOf());
  };

  it('is the table with its own marks, and those by which operators have servers out elsewhere', async () => {
    const mine = mark({});
    const theirs = mark({ reason: 'operator', table: 'elsewhere' });
    const list = async () => ok([mine, mark({ table: 'other' })]);
    const others = async () =>
      ok({ rollouts: [], marks: [theirs, mark({ table: 'elsewhere' })], clusters: [], locks: [] });
    const claim = { cluster: 'k', table: 'ipvsadm', service: web };
    const clusters = { list: async () => ok([claim, { ...claim, table: 'other' }]) };
    const standIn = { table: 'ipvsadm', service: web, servers: ['10.0.0.99:80'], sinceMs: 1 };
    const fallbacks = { list: async () => ok([standIn, { ...standIn, table: 'other' }]) };
    const world = await seen({ marks: { list, clusters, fallbacks }, claims: { others } });
    expect(world.ok && world.value.marks).toEqual([mine, theirs]);
    expect(world.ok && world.value.clusters).toEqual([claim]);
    expect(world.ok && world.value.fallbacks).toEqual([standIn]);
    expect(world.ok && world.value.snapshot).toBe(snapshot);
  });

  it('is whom a person or a cluster has out of a service, for a guard to leave there', () => {
    const [a, b, c] = [1, 2, 3].map((n) => `10.0.0.${n}:80`);
    const claim = (service: ServiceKey, state: 'in' | 'leaving', server?: string) => ({
      ...{ cluster: 'k', table: 'ipvsadm', service },
      servers: [{ server, state }],
    });
    const world = {
      marks: [mark({ reason: 'operator' }), mark({ server: b as never })],
      clusters: [claim(web, 'leaving', c), claim(web, 'in', b), claim(dns, 'leaving', b)],
      account: { inForce: (_: unknown, __: unknown, weight: number) => weight },
    } as never;
    expect([...keptOut(world, web)]).toEqual([a, c]);
    expect([...keptOut(world, dns)]).toEqual([b]);
  });

  it('is who has the service, unless it is for a moment only', async () => {
    const held = async (holder: object | undefined) => {
      const world = await seen({ holder: async () => holder });
      return world.ok && [...world.value.rollouts];
    };
    expect(await held({ rollout: 'r1', pid: 1 })).toEqual([[web, 'r1']]);
    expect(await held({ rollout: 'guard', pid: 1, momentary: true })).toEqual([]);
    expect(await held(undefined)).toEqual([]);
  });

  it('is nothing where one of these cannot be read', async () => {
    const failure: Failure = { kind: 'director', what: 'no answer' };
    const no = async () => fail(failure);
    expect(await seen({}, fail(failure))).toEqual(fail(failure));
    expect(await seen({ marks: { list: no } })).toEqual(fail(failure));
    const marks = { list: async () => ok([]), clusters: { list: no } };
    expect(await seen({ marks })).toEqual(fail(failure));
    expect(await seen({ unfinished: { list: no } })).toEqual(fail(failure));
  });
});

describe('the clients that a dead server of a service keeps', () => {
  const codes = (address: object, sysctls = new Map<string, number>()) =>
    clientsThatStay([{ ...wrrService([]), address } as never], sysctls).map((event) => [
      event.type === 'warning' && event.code,
    ]);

  it('are those of UDP, whose flows end only with their entries', () => {
    const at = { kind: 'address', address: '10.0.0.9', port: 53 };
    expect(codes({ ...at, protocol: 'udp' })).toEqual([['clients-stay-udp']]);
    expect(codes({ ...at, protocol: 'sctp' })).toEqual([]);
    expect(codes({ kind: 'fwmark', mark: 7, family: 4 })).toEqual([]);
  });
});
