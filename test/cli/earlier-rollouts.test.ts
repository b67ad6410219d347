import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildFakeIpvsadm, type FakeIpvsadm } from '../support/fake-ipvsadm.ts';
import { isRead, rolloutIn, tableOf, withFixture } from '../support/fixtures.ts';
import { listen } from '../support/loopback-servers.ts';
import type { Site } from '../support/site.ts';

/** Rollouts that version 0.1.0 began: test/fixtures/README.md. */
const begun = (name: string, use: (site: Site) => Promise<void>, port?: number): Promise<void> =>
  withFixture(built, `0.1.0/${name}`, use, port === undefined ? {} : { port });

let built: FakeIpvsadm;
beforeAll(async () => {
  built = await buildFakeIpvsadm();
});
afterAll(() => built.remove());

const heading = '-A -t 10.0.0.100:80 -s wrr';
const serving = (weights: Readonly<Record<string, number>>): readonly string[] => [
  heading,
  ...Object.entries(weights).map(
    ([server, weight]) => `-a -t 10.0.0.100:80 -r ${server}:80 -m -w ${weight}`,
  ),
];
const before = serving({ '10.0.0.1': 4, '10.0.0.3': 2 });
const replaced = serving({ '10.0.0.2': 4, '10.0.0.3': 2 });

interface Ended {
  readonly exitCode: number;
  readonly table: readonly string[];
}

const done: Ended = { exitCode: 0, table: replaced };
const back: Ended = { exitCode: 0, table: before };

const rollouts: readonly {
  readonly name: string;
  readonly standing: string;
  readonly resumed: Ended;
  readonly rolledBack: Ended;
}[] = [
  { name: 'held-in-the-ramp', standing: 'held', resumed: done, rolledBack: back },
  { name: 'held-at-the-drain-timeout', standing: 'held', resumed: done, rolledBack: back },
  { name: 'cut-off-in-the-ramp', standing: 'cut-off', resumed: done, rolledBack: back },
  { name: 'cut-off-before-an-edit', standing: 'cut-off', resumed: done, rolledBack: back },
  { name: 'cut-off-after-an-edit', standing: 'cut-off', resumed: done, rolledBack: back },
  { name: 'paused', standing: 'cut-off', resumed: done, rolledBack: back },
  {
    name: 'done',
    standing: 'done',
    resumed: { exitCode: 2, table: replaced },
    rolledBack: back,
  },
  {
    name: 'rolled-back',
    standing: 'rolled-back',
    resumed: { exitCode: 2, table: before },
    rolledBack: { exitCode: 2, table: before },
  },
  { name: 'rolling-back-at-once', standing: 'cut-off', resumed: back, rolledBack: back },
  { name: 'rolling-back-as-a-ramp', standing: 'cut-off', resumed: back, rolledBack: back },
  // What was asked of a process that died before it obeyed is not for the next one.
  { name: 'asked-to-go-back', standing: 'cut-off', resumed: done, rolledBack: back },
  {
    name: 'with-a-changed-bystander',
    standing: 'held',
    resumed: { exitCode: 0, table: serving({ '10.0.0.2': 4, '10.0.0.3': 3 }) },
    rolledBack: { exitCode: 0, table: serving({ '10.0.0.1': 4, '10.0.0.3': 3 }) },
  },
  {
    name: 'held-by-a-conflict',
    standing: 'held',
    resumed: { exitCode: 6, table: serving({ '10.0.0.1': 7, '10.0.0.2': 2, '10.0.0.3': 2 }) },
    rolledBack: { exitCode: 6, table: serving({ '10.0.0.1': 7, '10.0.0.2': 2, '10.0.0.3': 2 }) },
  },
  { name: 'over-ssh', standing: 'held', resumed: done, rolledBack: back },
  { name: 'with-a-removal-that-failed', standing: 'held', resumed: done, rolledBack: back },
];

describe.concurrent('a rollout of version 0.1.0', { timeout: 300_000 }, () => {
  it.each(rollouts)('$name is read and resumed', ({ name, standing, resumed }) =>
    begun(name, async (site) => {
      const id = await rolloutIn(site);
      await isRead(site, id, standing);
      const { exitCode, stderr } = await site.run('resume', id);
      expect({ exitCode, table: await tableOf(site) }, stderr).toEqual(resumed);
    }),
  );

  it.each(rollouts)('$name is rolled back', ({ name, standing, rolledBack }) =>
    begun(name, async (site) => {
      // Where it was done its servers are asked first, and there are none.
      const force = standing === 'done' ? ['--force'] : [];
      const { exitCode, stderr } = await site.run('rollback', await rolloutIn(site), ...force);
      expect({ exitCode, table: await tableOf(site) }, stderr).toEqual(rolledBack);
    }),
  );

  it('is resumed with --all when it was cut off', () =>
    begun('cut-off-in-the-ramp', async (site) => {
      expect(await site.run('resume', '--all')).toMatchObject({ exitCode: 0, stderr: '' });
      expect(await tableOf(site)).toEqual(replaced);
    }));

  it('that was asked to pause goes on, and says that it does not pause', () =>
    begun('asked-to-pause', async (site) => {
      const id = await rolloutIn(site);
      await isRead(site, id, 'cut-off');
      const resumed = await site.run('resume', id, '--output', 'json');
      expect(resumed).toMatchObject({ exitCode: 0, stderr: '' });
      expect(resumed.stdout).toContain('"code":"request-dropped","message":"a request to pause');
      expect(await tableOf(site)).toEqual(replaced);
    }));
});

describe.concurrent('a rollout of version 0.1.0 over three directors', { timeout: 300_000 }, () => {
  const commands = ['ipvsadm-lb1', 'ipvsadm-lb2', 'ipvsadm-lb3'];
  const tables = (site: Site) => Promise.all(commands.map((command) => tableOf(site, command)));

  it.each([
    ['with-a-lost-director', 'cut-off'],
    ['with-a-director-that-was-restarted', 'held'],
  ])('%s is read and resumed, and the three are alike', (name, standing) =>
    begun(name, async (site) => {
      const id = await rolloutIn(site);
      await isRead(site, id, standing);
      const { exitCode, stderr } = await site.run('resume', id);
      expect(exitCode, stderr).toBe(0);
      expect(await tables(site)).toEqual([replaced, replaced, replaced]);
    }),
  );

  it.each(['with-a-lost-director', 'with-a-director-that-was-restarted'])(
    '%s is rolled back on each of them',
    (name) =>
      begun(name, async (site) => {
        const { exitCode, stderr } = await site.run('rollback', await rolloutIn(site));
        expect(exitCode, stderr).toBe(0);
        expect(await tables(site)).toEqual([before, before, before]);
      }),
  );
});

describe.concurrent('a rollout of version 0.1.0 with every kind of gate', {
  timeout: 120_000,
}, () => {
  const name = 'paused-at-a-manual-step-with-every-gate';
  const answers = (asked: Set<string>) =>
    listen(
      createServer(({ url = '', headers }, response) => {
        asked.add(`${url.split('?')[0]} of ${headers.host?.replace(/:\d+$/, '')}`);
        const data = { resultType: 'scalar', result: [0, '0.001'] };
        response.end(JSON.stringify({ status: 'success', data }));
      }),
    );

  it('waits at its manual step, asks each of them, and is done', async () => {
    const asked = new Set<string>();
    const use = async (site: Site) => {
      const id = await rolloutIn(site);
      await isRead(site, id, 'cut-off');
      const run = site.start('resume', id, '--output', 'json');
      await run.event(({ type }) => type === 'paused');
      expect((await site.run('continue', id)).exitCode).toBe(0);
      expect(await run.ended).toMatchObject({ exitCode: 0, stderr: '' });
      const passed = run.events().flatMap((one) => (one.type === 'gate-passed' ? [one.gate] : []));
      expect(new Set(passed.map((gate) => gate.replace(/127\.0\.0\.1:\d+/, 'HOST')))).toEqual(
        new Set([
          'ipvs',
          'check http://HOST/10.0.0.2',
          'gate-command true',
          'gate-command test -e plan.yaml (at step 2)',
          'gate-http http://HOST/ready',
          'gate-http http://HOST/smoke (at step 2)',
          'gate-prometheus http://HOST#job:errors:ratio<=0.01',
          'gate-prometheus http://HOST#scalar(up)<1 (at step 2)',
        ]),
      );
      expect(await tableOf(site)).toEqual(replaced);
    };
    await begun(name, use, await answers(asked));
    expect([...asked].toSorted()).toEqual([
      '/10.0.0.2 of www.example.com',
      '/api/v1/query of 127.0.0.1',
      '/ready of 127.0.0.1',
      '/smoke of 127.0.0.1',
    ]);
  });

  it('is rolled back without asking', () =>
    begun(name, async (site) => {
      const { exitCode, stderr } = await site.run('rollback', await rolloutIn(site));
      expect({ exitCode, table: await tableOf(site) }, stderr).toEqual(back);
    }));
});

describe.concurrent('a rollout of version 0.1.0 on a simulated director', () => {
  /** The table is new in each process: it is as the rollout left it. */
  const scenario = (weights: Readonly<Record<string, number>>): string =>
    `seed: 1\ntable: |\n${serving(weights)
      .map((line) => `  ${line}\n`)
      .join('')}`;

  it.each([
    ['resume', 'done', '10.0.0.1:80'],
    ['rollback', 'rolled-back', '10.0.0.2:80'],
  ])('ends after %s', (command, outcome, server) =>
    begun('on-a-simulated-director', async (site) => {
      const left = { '10.0.0.1': 0, '10.0.0.2': 4, '10.0.0.3': 2 };
      await writeFile(join(site.folder, 'machine.yaml'), scenario(left));
      const id = await rolloutIn(site);
      await isRead(site, id, 'held');
      const run = await site.run(command, id, '--output', 'json');
      expect(run).toMatchObject({ exitCode: 0, stderr: '' });
      expect(run.events().at(-1)).toMatchObject({ type: 'finished', outcome });
      const removed = run.events().filter(({ type }) => type === 'removed');
      expect(removed).toMatchObject([{ server }]);
    }),
  );
});
