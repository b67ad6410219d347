import { describe, expect, it } from 'vitest';
import type { ServerKey, ServiceKey } from '../../../src/domain/address.ts';
import { type Failure, fail, ok } from '../../../src/domain/failure.ts';
import type { Change } from '../../../src/domain/ipvs/ipvs.ts';
import { moveClients, restoreRows } from '../../../src/guard/move-clients.ts';
import type { MaintenanceMark } from '../../../src/rollout/ports.ts';
import { web } from '../../support/simulated-guard.ts';
import { realServer, snapshotOf, wrrService } from '../../support/tables.ts';

const dead = realServer('10.0.0.1', 0, { upperThreshold: 9 });
const other = realServer('10.0.0.2', 50);
const mark: MaintenanceMark = {
  table: 'ipvsadm',
  service: web,
  server: dead.key,
  reason: 'health',
  weight: 100,
  sinceMs: 1,
};
const row = { server: dead, expireNodestConn: 0 };
const broken: Failure = { kind: 'director', what: 'no answer' };

type Step = 'put' | 'put plain' | 'set 1' | 'set 0' | 'remove' | 'add' | 'list' | 'connections';

/** A director that holds `dead` and `other`, with these clients of `dead` at each look. */
function siteOf({
  failing = [],
  setting = 0,
  clients = [[]],
  holds = [dead, other],
}: {
  readonly failing?: readonly Step[];
  readonly setting?: number | 'unknown';
  readonly clients?: readonly (readonly ServerKey[])[];
  readonly holds?: readonly (typeof dead)[];
} = {}) {
  const did: string[] = [];
  let nowMs = 0;
  let looks = 0;
  let held = holds;
  const result = (step: Step, words = '') => {
    did.push(`${step}${words}`);
    return failing.includes(step) ? fail(broken) : ok(undefined);
  };
  const deps = {
    clock: {
      nowMs: () => nowMs,
      async sleepUntil(timeMs: number) {
        nowMs = timeMs;
      },
    },
    store: {
      marks: {
        put: async ({ row: its }: MaintenanceMark) => result(its ? 'put' : 'put plain'),
      },
    },
    director: {
      name: 'lb',
      facts: async () => ({
        sysctls: new Map(setting === 'unknown' ? [] : [['expire_nodest_conn', setting]]),
      }),
      setSysctl: async (name: string, value: number) => {
        expect(name).toBe('expire_nodest_conn');
        return result(value === 1 ? 'set 1' : 'set 0');
      },
      async apply(changes: readonly Change[]) {
        const words = changes.map((one) => ('server' in one ? ` ${one.server.key}` : '')).join('');
        const kind = changes[0]?.kind === 'remove-server' ? 'remove' : 'add';
        const done = result(kind, words);
        if (!done.ok) return done;
        for (const one of changes) {
          if (one.kind === 'remove-server') held = held.filter(({ key }) => key !== one.server.key);
          if (one.kind === 'add-server') held = [...held, one.server];
        }
        return ok({ services: [] });
      },
      async snapshot() {
        const listed = result('list');
        return listed.ok ? ok(snapshotOf([wrrService(held)])) : listed;
      },
      async connections() {
        const read = result('connections');
        const entries = (clients[looks++] ?? clients.at(-1) ?? []).map((server) => ({ server }));
        return read.ok ? ok({ entries }) : read;
      },
    },
  };
  return { did, deps: deps as never, holds: () => held, nowMs: () => nowMs };
}

const moved = async (...of: Parameters<typeof siteOf>) => {
  const site = siteOf(...of);
  const snapshot = snapshotOf([wrrService([dead, other])]);
  const result = await moveClients(site.deps, [{ mark, server: dead }], snapshot);
  return { ...site, result };
};

const whole = ['put', 'set 1', 'remove 10.0.0.1:80'];
const back = ['list', 'add 10.0.0.1:80', 'set 0', 'put plain'];

describe('the clients of a dead server', () => {
  it('go with its removal, after which it is there again with all that it had', async () => {
    const { did, result, holds, nowMs } = await moved();
    expect(did).toEqual([...whole, 'connections', ...back]);
    expect(result).toEqual(
      ok([{ type: 'clients-moved', service: web, server: dead.key, left: 0 }]),
    );
    expect(holds()).toEqual([other, dead]);
    expect(nowMs()).toBe(100);
  });

  it('are waited for, every tenth of a second, for three seconds at most', async () => {
    const [its, others] = [dead.key, other.key];
    const two = await moved({ clients: [[its, others, its], [its], [others]] });
    expect(two.nowMs()).toBe(300);
    expect(two.result).toMatchObject({ value: [{ left: 0 }] });
    const stubborn = await moved({ clients: [[its, others, its]] });
    expect(stubborn.nowMs()).toBe(3_000);
    expect(stubborn.result).toMatchObject({ value: [{ left: 2 }] });
    expect(stubborn.holds()).toEqual([other, dead]);
  });

  it('are not waited for where nobody can tell of them', async () => {
    const { did, result } = await moved({ failing: ['connections'] });
    expect(did).toEqual([...whole, 'connections', ...back]);
    expect(result).toMatchObject({ value: [{ left: 0 }] });
  });

  it('go by a setting that is on already, which stays', async () => {
    const { did } = await moved({ setting: 1 });
    expect(did).toEqual([
      'put',
      'remove 10.0.0.1:80',
      'connections',
      'list',
      'add 10.0.0.1:80',
      'put plain',
    ]);
  });

  it('stay where the setting is not known, or cannot be set, with what to do', async () => {
    const unknown = {
      kind: 'preflight',
      what: 'clients of dead servers stay: net.ipv4.vs.expire_nodest_conn of lb cannot be read or set from here',
      next: 'give `clients: stay`, or an --ipvsadm whose words before ipvsadm lead to the machine',
    };
    const site = siteOf({ setting: 'unknown' });
    const leaving = [{ mark, server: dead }];
    expect(await moveClients(site.deps, leaving, snapshotOf([]))).toEqual(fail(unknown as Failure));
    const without = siteOf();
    Object.assign((without.deps as { director: object }).director, { setSysctl: undefined });
    expect(await moveClients(without.deps, leaving, snapshotOf([]))).toEqual(
      fail(unknown as Failure),
    );
    expect([site.did, without.did]).toEqual([[], []]);
    const none = siteOf();
    expect(await moveClients(none.deps, [], snapshotOf([]))).toEqual(ok([]));
    expect(none.did).toEqual([]);
  });

  it.each<[Step, readonly string[], readonly (typeof dead)[]]>([
    ['put', ['put'], [dead, other]],
    ['set 1', ['put', 'set 1', 'put plain'], [dead, other]],
    ['remove', [...whole, 'list', 'set 0', 'put plain'], [dead, other]],
    ['list', [...whole, 'connections', 'list'], [other]],
    ['add', [...whole, 'connections', 'list', 'add 10.0.0.1:80'], [other]],
    ['set 0', [...whole, 'connections', ...back.slice(0, 3)], [other, dead]],
    ['put plain', [...whole, 'connections', ...back], [other, dead]],
  ])('where "%s" fails it goes so far, and says so', async (step, did, held) => {
    const site = await moved({ failing: [step] });
    expect(site.result).toEqual(fail(broken));
    expect(site.did).toEqual(did);
    expect(site.holds()).toEqual(held);
  });

  it('whose mark cannot be put back says that, for it is what is left to do', async () => {
    const { result, did } = await moved({ failing: ['set 1', 'put plain'] });
    expect(result).toEqual(fail(broken));
    expect(did).toEqual(['put', 'set 1', 'put plain']);
  });
});

describe('what was cut off', () => {
  const restored = async (marks: readonly MaintenanceMark[], ...of: Parameters<typeof siteOf>) => {
    const site = siteOf(...of);
    const result = await restoreRows(site.deps, marks);
    return { ...site, result };
  };

  it('is put back as far as it is gone, and the setting as it was', async () => {
    const gone = await restored([{ ...mark, row }], { holds: [other] });
    expect([gone.did, gone.result]).toEqual([back, ok(undefined)]);
    expect(gone.holds()).toEqual([other, dead]);
    const there = await restored([{ ...mark, row }]);
    expect(there.did).toEqual(['list', 'set 0', 'put plain']);
    const on = await restored([{ ...mark, row: { ...row, expireNodestConn: 1 } }]);
    expect(on.did).toEqual(['list', 'put plain']);
  });

  it('is nothing where no mark says so', async () => {
    expect((await restored([mark])).did).toEqual([]);
    expect((await restored([])).result).toEqual(ok(undefined));
  });

  it('leaves a service alone that has left the table, and puts back the setting from before', async () => {
    const theirs = { ...mark, service: 'tcp/10.0.0.9:80' as ServiceKey, server: other.key };
    const marks = [
      { ...theirs, row: { server: other, expireNodestConn: 1 } },
      { ...mark, row },
      mark,
    ];
    const { did, holds } = await restored(marks, { holds: [] });
    expect(did).toEqual(['list', 'add 10.0.0.1:80', 'set 0', 'put plain', 'put plain']);
    expect(holds()).toEqual([dead]);
  });
});
