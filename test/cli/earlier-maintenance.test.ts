import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { buildFakeIpvsadm, type FakeIpvsadm } from '../support/fake-ipvsadm.ts';
import { isRead, outOf, rolloutIn, tableOf, withFixture } from '../support/fixtures.ts';
import type { Site } from '../support/site.ts';

/** Servers that version 0.1.0 has taken out and brought in: test/fixtures/README.md. */
const begun = (name: string, use: (site: Site) => Promise<void>): Promise<void> =>
  withFixture(built, `0.1.0/${name}`, use);

let built: FakeIpvsadm;
beforeAll(async () => {
  built = await buildFakeIpvsadm();
});
afterAll(() => built.remove());

const serving = (...weights: readonly number[]): readonly string[] => [
  '-A -t 10.0.0.100:80 -s wrr',
  ...weights.map(
    (weight, index) => `-a -t 10.0.0.100:80 -r 10.0.0.${index + 1}:80 -m -w ${weight}`,
  ),
];
const full = serving(1, 2, 3, 4);
const without4 = serving(1, 2, 3, 0);

interface Ended {
  readonly exitCode: number;
  readonly table: readonly string[];
  readonly out: readonly string[];
}

const back: Ended = { exitCode: 0, table: full, out: [] };

const rollouts: readonly {
  readonly name: string;
  readonly standing: string;
  readonly resumed: Ended;
  readonly rolledBack: Ended;
}[] = [
  {
    name: 'out-done',
    standing: 'done',
    resumed: { exitCode: 2, table: serving(1, 2, 0, 4), out: ['10.0.0.3:80 drain out 3'] },
    rolledBack: back,
  },
  {
    name: 'out-cut-off',
    standing: 'cut-off',
    resumed: {
      exitCode: 0,
      table: serving(1, 2, 0, 0),
      out: ['10.0.0.3:80 drain out 3', '10.0.0.4:80 drain out 4'],
    },
    rolledBack: back,
  },
  {
    name: 'in-cut-off',
    standing: 'cut-off',
    resumed: back,
    rolledBack: { exitCode: 0, table: without4, out: ['10.0.0.4:80 drain out 4'] },
  },
  {
    name: 'in-done',
    standing: 'done',
    resumed: { exitCode: 2, table: full, out: [] },
    rolledBack: { exitCode: 0, table: without4, out: ['10.0.0.4:80 drain out 4'] },
  },
];

const standingOf = async (site: Site) => ({ table: await tableOf(site), out: await outOf(site) });

describe.concurrent('maintenance of version 0.1.0', { timeout: 300_000 }, () => {
  it.each(rollouts)('$name is read and resumed', ({ name, standing, resumed }) =>
    begun(name, async (site) => {
      const rollout = await rolloutIn(site);
      await isRead(site, rollout, standing);
      const { exitCode, stderr } = await site.run('resume', rollout);
      expect({ exitCode, ...(await standingOf(site)) }, stderr).toEqual(resumed);
    }),
  );

  it.each(rollouts)('$name is rolled back', ({ name, standing, rolledBack }) =>
    begun(name, async (site) => {
      // Where it was done its servers are asked first, and there are none.
      const force = standing === 'done' ? ['--force'] : [];
      const { exitCode, stderr } = await site.run('rollback', await rolloutIn(site), ...force);
      expect({ exitCode, ...(await standingOf(site)) }, stderr).toEqual(rolledBack);
    }),
  );

  it('remembers the weight that a server comes back to', () =>
    begun('out-done', async (site) => {
      expect(await outOf(site)).toEqual(['10.0.0.3:80 drain out 3']);
      const { exitCode, stderr } = await site.run('in', '10.0.0.3', '--over', '0s');
      expect({ exitCode, ...(await standingOf(site)) }, stderr).toEqual(back);
    }));

  it('leaves to a guard whose health comes back, and not who is out by an operator', () =>
    begun('out-by-health', async (site) => {
      expect(await tableOf(site)).toEqual(serving(1, 2, 0, 0));
      expect(await outOf(site)).toEqual([
        '10.0.0.3:80 its health check fails 3',
        '10.0.0.4:80 drain out 4',
      ]);
      const guard = site.start('guard', 'guard.yaml');
      await eventually(async () => expect(await tableOf(site)).toEqual(without4));
      await eventually(async () => expect(await outOf(site)).toEqual(['10.0.0.4:80 drain out 4']));
      guard.signal('SIGTERM');
      expect(await guard.ended).toMatchObject({ exitCode: 143, stderr: '' });
      expect(await tableOf(site)).toEqual(without4);
    }));
});
