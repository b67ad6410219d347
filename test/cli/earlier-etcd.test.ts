import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { type Etcd, startEtcd } from '../support/etcd.ts';
import { buildFakeIpvsadm, type FakeIpvsadm } from '../support/fake-ipvsadm.ts';
import { fixtures, isRead, outOf, tableOf, withFixture } from '../support/fixtures.ts';
import type { Site } from '../support/site.ts';

let built: FakeIpvsadm;
beforeAll(async () => {
  built = await buildFakeIpvsadm();
});
afterAll(() => built.remove());

/** The keys that version 0.1.0 has left, under a prefix of their own. */
async function load({ call }: Etcd, prefix: string): Promise<void> {
  const text = await readFile(join(fixtures, '0.1.0/etcd-tree/tree.json'), 'utf8');
  const encoded = (one: string): string => Buffer.from(one).toString('base64');
  for (const [key, value] of Object.entries(JSON.parse(text) as Record<string, string>)) {
    await call('/v3/kv/put', { key: encoded(`${prefix}/${key}`), value: encoded(value) });
  }
}

/** What is begun and not ended, by the number of its virtual service, 10.0.0.101 to 10.0.0.105. */
async function begunIn(site: Site): Promise<Readonly<Record<string, string>>> {
  const { stdout } = await site.run('status');
  const lines = stdout.matchAll(/^(\S+) {2}(held|cut-off) .*?10\.0\.(\d)\.1:80/gm);
  return Object.fromEntries([...lines].map(([, id = '', , number]) => [`10${number}`, id]));
}

/** A service with its servers 1, 2 and 3, of which the second may be missing. */
const serving = (
  number: number,
  weights: readonly (number | undefined)[],
  ...others: readonly number[]
): readonly string[] => [
  `-A -t 10.0.0.10${number}:80 -s wrr`,
  ...[
    ...weights.map((weight, index) => [index + 1, weight] as const),
    ...others.map((server) => [server, 1] as const),
  ].flatMap(([server, weight]) =>
    weight === undefined
      ? []
      : [`-a -t 10.0.0.10${number}:80 -r 10.0.${number}.${server}:80 -m -w ${weight}`],
  ),
];
const many = Array.from({ length: 240 }, (_, index) => index + 11);

const required = process.env.DRAIN_REQUIRE_KERNEL === '1';
const started = await startEtcd();
if (started.kind === 'unavailable' && !required) {
  process.stderr.write(`left out: an etcd tree of version 0.1.0, because ${started.reason}\n`);
}

describe('an etcd tree of version 0.1.0', { timeout: 300_000 }, () => {
  if (started.kind === 'unavailable') {
    test.runIf(required)('has a real etcd (DRAIN_REQUIRE_KERNEL=1)', () => {
      throw new Error(started.reason);
    });
    return;
  }
  const { etcd } = started;
  afterAll(() => etcd.stop());
  const withTree = async (prefix: string, use: (site: Site) => Promise<void>): Promise<void> => {
    await load(etcd, prefix);
    await withFixture(built, '0.1.0/etcd-tree', use, { state: etcd.state(prefix) });
  };
  const endAll = async (site: Site, command: string): Promise<void> => {
    const begun = await begunIn(site);
    expect(Object.keys(begun).toSorted()).toEqual(['101', '102', '103', '104', '105']);
    const runs = Object.entries(begun).map(async ([number, id]) => {
      const { exitCode, stderr } = await site.run(command, id);
      return [number, { exitCode, stderr: exitCode === 0 ? stderr : '' }] as const;
    });
    expect(Object.fromEntries(await Promise.all(runs))).toEqual({
      101: { exitCode: 0, stderr: '' },
      102: { exitCode: 0, stderr: '' },
      // It was asked to go back and died first: that is not for the process that resumes it.
      103: { exitCode: 0, stderr: '' },
      104: { exitCode: 0, stderr: '' },
      105: { exitCode: 0, stderr: '' },
    });
    expect(await begunIn(site)).toEqual({});
  };

  it('is read', () =>
    withTree('read', async (site) => {
      const begun = await begunIn(site);
      await isRead(site, begun['101'] ?? '', 'held');
      await isRead(site, begun['102'] ?? '', 'cut-off');
      await isRead(site, begun['104'] ?? '', 'cut-off');
      const { stdout } = await site.run('status', begun['105'] ?? '');
      expect(stdout).toMatch(/-around {2}held {2}around 10\.0\.5\.1:80, .* 1 of 2 batches done/);
      expect(await outOf(site)).toEqual(['10.0.4.1:80 drain out 4', '10.0.5.3:80 drain out 2']);
    }));

  it('is resumed to its end', () =>
    withTree('resumed', async (site) => {
      await endAll(site, 'resume');
      expect(await tableOf(site)).toEqual(
        [
          ...serving(1, [undefined, 4, 2]),
          ...serving(2, [undefined, 4, 2], ...many),
          ...serving(3, [undefined, 4, 2]),
          ...serving(4, [4, undefined, 2]),
          ...serving(5, [4, undefined, 2]),
        ].toSorted(),
      );
      expect(await outOf(site)).toEqual([]);
    }));

  it('is rolled back', () =>
    withTree('rolled-back', async (site) => {
      await endAll(site, 'rollback');
      expect(await tableOf(site)).toEqual(
        [
          ...serving(1, [4, undefined, 2]),
          ...serving(2, [4, undefined, 2], ...many),
          ...serving(3, [4, undefined, 2]),
          ...serving(4, [0, undefined, 2]),
          ...serving(5, [4, undefined, 2]),
        ].toSorted(),
      );
      expect(await outOf(site)).toEqual(['10.0.4.1:80 drain out 4']);
    }));
});
