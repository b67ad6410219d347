import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ServerKey, ServiceKey } from '../../../src/domain/address.ts';
import { fail, ok } from '../../../src/domain/failure.ts';
import type { Change, Snapshot } from '../../../src/domain/ipvs/ipvs.ts';
import type { ManagedServer, ManagedService } from '../../../src/domain/ipvs/managed-service.ts';
import { drivenBy, numberFor, trackFolder } from '../../../src/domain/ipvs/track-files.ts';
import { filesFor } from '../../../src/ipvs/track-files/files-for.ts';
import { withTrackFiles } from '../../../src/ipvs/track-files/with-track-files.ts';
import type { CommandResult, Director } from '../../../src/rollout/ports.ts';
import { answeringDirector } from '../../support/answering-director.ts';
import { realServer, snapshotOf, wrrService } from '../../support/tables.ts';

const web = 'tcp/10.0.0.100:80' as ServiceKey;
const [a, b] = ['10.0.0.1:80', '10.0.0.2:80'] as [ServerKey, ServerKey];

const managed = (initialWeight: number, file: string, more: Partial<ManagedServer> = {}) => ({
  ...{ initialWeight, effectiveWeight: initialWeight, isAlive: true, isInhibited: false },
  trackFiles: [{ name: file, path: `${trackFolder}/${file}`, factor: 1 }],
  ...more,
});
const says = (
  servers: readonly (readonly [ServerKey, ManagedServer])[],
  quorum = 1,
): ReadonlyMap<ServiceKey, ManagedService> =>
  new Map([[web, { quorum, servers: new Map(servers) }]]);
const both = says([
  [a, managed(1_000, 'a')],
  [b, managed(500, 'b')],
]);
const row = (key: ServerKey, weight: number) => realServer(key.replace(':80', ''), weight);
const table = (one: number, other: number): Snapshot =>
  snapshotOf([wrrService([row(a, one), row(b, other)])]);
const set = (key: ServerKey, weight: number): Change => ({
  kind: 'set-weight',
  service: web,
  server: row(key, weight),
});

const writesOf = (...args: Parameters<typeof filesFor>) => {
  const found = filesFor(...args);
  if (!found.ok) throw new Error(found.failure.what);
  return found.value.writes.map(({ path, number, nudge }) => [
    path.slice(trackFolder.length + 1),
    ...(nudge ? [nudge.number] : []),
    number,
  ]);
};
const refused = (...args: Parameters<typeof filesFor>) => {
  const found = filesFor(...args);
  return found.ok ? undefined : found.failure.what;
};

describe('the numbers of files', () => {
  it('are what is missing to the configured weight, the raised first', () => {
    expect(writesOf([set(a, 700), set(b, 800)], both, table(1_000, 500))).toEqual([
      ['b', 300],
      ['a', -300],
    ]);
  });

  it('are the lowest there is for 0, so that no reload gives such a server weight', () => {
    expect(writesOf([set(a, 0)], both, table(1_000, 500))).toEqual([['a', -2_147_483_647]]);
  });

  it('change before they are written again, where somebody has written over the weight', () => {
    const stale = says([[a, managed(1_000, 'a', { effectiveWeight: 700 })]]);
    expect(writesOf([set(a, 700)], stale, table(33, 500))).toEqual([['a', -301, -300]]);
    expect(writesOf([set(a, 700)], stale, table(700, 500))).toEqual([['a', -300]]);
    const zero = says([
      [a, managed(1_000, 'a', { effectiveWeight: 0 })],
      [b, managed(500, 'b')],
    ]);
    expect(writesOf([set(a, 0)], zero, table(33, 500))).toEqual([['a', -999, -2_147_483_647]]);
  });

  it('give exactly the weight, by what keepalived makes of them, at either factor', () => {
    fc.assert(
      fc.property(
        fc.nat(65_535),
        fc.nat(65_535),
        fc.constantFrom(1 as const, -1 as const),
        (initialWeight, weight, factor) => {
          const number = numberFor({ initialWeight }, factor, weight);
          expect(Math.max(0, initialWeight + number * factor)).toBe(weight);
          expect(Math.abs(number)).toBeLessThan(2 ** 31);
        },
      ),
    );
  });

  it('take no service below its quorum, whoever is down, but may bring it nearer', () => {
    const down = says(
      [
        [a, managed(1_000, 'a')],
        [b, managed(500, 'b', { isAlive: false })],
      ],
      300,
    );
    expect(refused([set(a, 299)], down, table(1_000, 0))).toMatch(/299, below its quorum of 300/);
    expect(refused([set(a, 300)], down, table(1_000, 0))).toBeUndefined();
    const low = says([[a, managed(1_000, 'a', { effectiveWeight: 10 })]], 300);
    expect(refused([set(a, 20)], low, table(10, 0))).toBeUndefined();
  });

  it('are none of servers that come, leave, or track no file that is theirs alone', () => {
    const server = row(a, 0);
    const remove: Change = { kind: 'remove-server', service: web, server };
    expect(refused([remove], both, table(0, 1))).toMatch(/done in its configuration alone/);
    const bare = says([[a, managed(1, 'a', { trackFiles: [] })]]);
    expect(refused([set(a, 5)], bare, table(1, 1))).toMatch(/tracks no file in/);
    expect(refused([set(b, 5)], bare, table(1, 1))).toMatch(/not in keepalived's configuration/);
  });

  it('are written for a server that is down as well, which has the weight when it is up again', () => {
    const down = says([[a, managed(1_000, 'a', { isAlive: false, effectiveWeight: 700 })]]);
    const add: Change = { kind: 'add-server', service: web, server: row(a, 1_000) };
    const gone = snapshotOf([wrrService([row(b, 500)])]);
    for (const [change, live] of [
      [add, gone],
      [set(a, 1_000), table(0, 500)],
    ] as const) {
      expect(filesFor([change], down, live)).toMatchObject({
        ok: true,
        value: { writes: [{ number: 0, weight: 1_000, isDown: true }] },
      });
    }
    expect(writesOf([set(a, 700)], down, table(0, 500))).toEqual([['a', -300]]);
    expect(refused([add], both, gone)).toMatch(/add-server is done in its configuration alone/);
  });

  it('leave alone what keepalived does not own, and schedulers', () => {
    const scheduler: Change = { kind: 'set-scheduler', service: wrrService([row(a, 1)]) };
    const found = filesFor([scheduler, set(a, 700)], both, table(1_000, 500));
    expect(found).toMatchObject({ ok: true, value: { others: [scheduler] } });
    expect(filesFor([set(a, 7)], new Map(), table(1, 1))).toEqual(
      ok({ writes: [], others: [set(a, 7)] }),
    );
  });
});

describe('the file of a server', () => {
  const track = (path: string, factor = 1) => ({ name: 'x', path, factor });
  const own = `${trackFolder}/x`;
  it.each<[string, readonly ManagedServer['trackFiles'][number][], unknown]>([
    ['is the one in the folder of drain', [track('/run/y'), track(own)], { path: own, factor: 1 }],
    ['may count backwards', [track(own, -1)], { path: own, factor: -1 }],
    ['is none elsewhere', [track('/run/y'), track(`${trackFolder}-other/x`)], 'none'],
    ['is one of one', [track(own), track(`${trackFolder}/y`)], 'several'],
    ['counts once', [track(own, 2)], 'factor'],
  ])('%s', (_, trackFiles, driven) => {
    expect(drivenBy(says([[a, managed(1, 'a', { trackFiles })]]), web, a)).toEqual(driven);
  });

  it('drives no other', () => {
    const shared = says([
      [a, managed(1, 'a')],
      [b, managed(1, 'a')],
    ]);
    expect(drivenBy(shared, web, a)).toBe('shared');
    expect(drivenBy(both, web, a)).toEqual({ path: `${trackFolder}/a`, factor: 1 });
  });
});

describe('an edit of a director whose weights keepalived sets', () => {
  const exited = (exitCode: number, stderr = ''): CommandResult => ({
    ...{ kind: 'exited', exitCode, stdout: '', stderr },
  });
  /** A director beside a keepalived that does what its files say, or nothing. */
  function beside({
    obeys = true,
    answer = exited(0),
    silent = false,
    start = [1_000, 500] as readonly [number, number],
  } = {}) {
    let nowMs = 0;
    const sleepUntil = async (atMs: number) => {
      nowMs = atMs;
    };
    const weights = new Map<ServerKey, number>([
      [a, start[0]],
      [b, start[1]],
    ]);
    const written: string[] = [];
    const managers = [
      { name: 'keepalived', pid: 7, ...(silent ? { silent: 'no' } : { says: both }) },
    ];
    const asked: Director = {
      ...answeringDirector('lb1'),
      facts: async () => ({ sysctls: new Map(), managers }),
      snapshot: async () => ok(table(weights.get(a) ?? 0, weights.get(b) ?? 0)),
      apply: async () => fail({ kind: 'director', what: 'ipvsadm was called' }),
    };
    const director = withTrackFiles({
      director: asked,
      clock: { nowMs: () => nowMs, sleepUntil },
      run: async (argv) => {
        const words = argv.slice(4);
        written.push(words.join(' ').replaceAll(`${trackFolder}/`, ''));
        for (let i = 0; obeys && i < words.length; i += 2) {
          const [key, initial] = words[i]?.endsWith('/a') ? [a, 1_000] : [b, 500];
          weights.set(key, Math.max(0, initial + Number(words[i + 1])));
        }
        return answer;
      },
    });
    return { director, written };
  }

  it('writes files, and is made when the table shows the weights', async () => {
    const { director, written } = beside();
    const applied = await director.apply([set(a, 400), set(b, 1_100)], table(1_000, 500));
    expect(applied).toEqual(ok(table(400, 1_100)));
    expect(written).toEqual(['b 600 a -600']);
  });

  it.each<[string, Parameters<typeof beside>[0], RegExp]>([
    ['the table does not follow', { obeys: false }, /after 3s it has weight 1000/],
    ['a file cannot be written', { answer: exited(1, 'No space left') }, /No space left$/],
    ['keepalived does not answer', { silent: true }, /cannot be asked what it owns \(no\)/],
  ])('fails where %s', async (_, how, what) => {
    const { director } = beside(how);
    const applied = await director.apply([set(a, 400)], table(1_000, 500));
    expect(applied).toMatchObject({
      ok: false,
      failure: { kind: 'director', what: expect.stringMatching(what) },
    });
  });

  it('is taken back before anything is written where somebody was quicker', async () => {
    const { director, written } = beside({ start: [900, 500] });
    const applied = await director.apply([set(a, 400)], table(1_000, 500));
    expect(applied).toMatchObject({ ok: false, failure: { code: 'overtaken' } });
    expect(written).toEqual([]);
  });
});
