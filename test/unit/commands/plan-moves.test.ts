import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { withFolder } from '../../support/drain-command.ts';
import { createSite, type Ran, type Site } from '../../support/maintained-site.ts';

const service = 'tcp/10.0.0.100:80';
const table = `-A -t 10.0.0.100:80 -s wrr
-a -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 100
-a -t 10.0.0.100:80 -r 10.0.0.2:80 -m -w 50
`;
const siteOf = (): Site => createSite({ seed: 3, table });
const weightsIn = (site: Site): Readonly<Record<string, number>> =>
  Object.fromEntries(
    [...site.table().matchAll(/-r (\S+?):\d+ .*-w (\d+)/g)].map(([, server = '', weight]) => [
      server,
      Number(weight),
    ]),
  );

/** Runs the command that a plan has printed when it was saved; no word of it needs quotes here. */
function carryOut(site: Site, { err }: Ran, ...more: readonly string[]): Promise<Ran> {
  const [, line = ''] = /^saved; carry it out with: drain (.*)$/m.exec(err) ?? [];
  return site.run(...line.split(' '), ...more);
}

describe('drain plan of a move', () => {
  it.each([
    ['add', ['add', '10.0.0.3=80', '--service', service], { '10.0.0.3': 80 }],
    ['weight', ['weight', '10.0.0.1=30', '--over', '10s'], { '10.0.0.1': 30 }],
    ['out', ['out', '10.0.0.1', '--settle', '0s'], { '10.0.0.1': 0 }],
  ])(
    '%s shows its steps, changes nothing, and is carried out as it was saved',
    async (name, words, after) => {
      await withFolder(async (folder) => {
        const site = siteOf();
        const before = weightsIn(site);
        const file = join(folder, 'plan.json');
        const planned = await site.run('plan', ...words, '-o', file, '--reason', 'deploy 42');
        expect(planned, planned.err).toMatchObject({ exitCode: 0 });
        expect(planned.out).toContain(service);
        if (name === 'weight') expect(planned.out).toMatch(/ moved\n/);
        expect(weightsIn(site)).toEqual(before);
        expect(await site.marks()).toEqual([]);
        const saved = JSON.parse(await readFile(file, 'utf8'));
        expect(saved.plan.move).toBe(name === 'out' ? undefined : name);
        const run = await carryOut(site, planned);
        expect(run, run.err).toMatchObject({ exitCode: 0, err: '' });
        expect(weightsIn(site)).toEqual({ ...before, ...after });
        expect(run.events.at(-1)).toMatchObject({
          outcome: 'done',
          actor: { reason: 'deploy 42' },
        });
        // As drain out has done it: its weight is remembered, and drain in brings it back.
        if (name === 'out')
          expect(await site.run('in', '10.0.0.1', '--over', '0s')).toMatchObject({ exitCode: 0 });
        else
          expect(await site.run('rollback', run.events[0]?.rollout ?? '')).toMatchObject({
            exitCode: 0,
          });
        expect(weightsIn(site)).toEqual(before);
      });
    },
  );

  it('has the answers of gates with --ask', async () => {
    const site = siteOf();
    const asked = ['weight', '10.0.0.1=30', '--over', '10s', '--check', 'tcp', '--ask'];
    const planned = await site.run('plan', ...asked);
    expect(planned.exitCode, planned.err).toBe(0);
    expect(planned.out).toMatch(/tcp/);
  });

  it('is refused, when it is applied, by a table that has gone on since', async () => {
    await withFolder(async (folder) => {
      const site = siteOf();
      const file = join(folder, 'plan.json');
      const planned = await site.run('plan', 'weight', '10.0.0.1=30', '-o', file);
      expect((await site.run('weight', '10.0.0.2=70')).exitCode).toBe(0);
      const run = await carryOut(site, planned);
      expect(run.exitCode).toBe(6);
      expect(weightsIn(site)).toEqual({ '10.0.0.1': 100, '10.0.0.2': 70 });
    });
  });

  it('out takes over from a drain out that was held, when it is planned and when it is applied', async () => {
    await withFolder(async (folder) => {
      const site = siteOf();
      site.stopAt(site.simulation.clock.nowMs() + 2_000, { signal: 'sigint', again: false });
      const held = await site.run('out', '10.0.0.1', '--settle', '1h');
      expect(held.exitCode, held.err).toBe(130);
      const file = join(folder, 'plan.json');
      const planned = await site.run('plan', 'out', '10.0.0.1', '--settle', '0s', '-o', file);
      expect(planned, planned.err).toMatchObject({ exitCode: 0 });
      const run = await carryOut(site, planned);
      expect(run, run.err).toMatchObject({ exitCode: 0 });
      expect((await site.run('status')).out).not.toContain('held:');
    });
  });
});

describe('the command that a saved plan is carried out with', () => {
  const required = async (use: (config: string, file: string) => Promise<void>): Promise<void> =>
    withFolder(async (folder) => {
      const config = join(folder, 'drain.yaml');
      await writeFile(config, 'requireReason: true\n');
      await use(config, join(folder, 'plan.json'));
    });
  const words = ['plan', 'weight', '10.0.0.1=30'];

  it('has a reason where the config file wants one and the plan has none', () =>
    required(async (config, file) => {
      const site = siteOf();
      const planned = await site.run(...words, '-o', file, '--config', config);
      expect(planned.err).toContain(`drain apply ${file} --reason TEXT --config ${config}`);
      expect(await carryOut(site, planned)).toMatchObject({ exitCode: 0, err: '' });
    }));

  it('has none where the plan keeps one', () =>
    required(async (config, file) => {
      const site = siteOf();
      const why = ['--reason', 'deploy 42', '--config', config];
      const planned = await site.run(...words, '-o', file, ...why);
      expect(planned.err).toContain(`drain apply ${file} --config ${config}`);
      const run = await carryOut(site, planned);
      expect(run).toMatchObject({ exitCode: 0, err: '' });
      expect(run.events.at(-1)?.actor?.reason).toBe('deploy 42');
    }));

  it('insists where the plan was insisted on', () =>
    withFolder(async (folder) => {
      const site = siteOf();
      const file = join(folder, 'plan.json');
      expect((await site.run('out', '10.0.0.2', '--settle', '0s')).exitCode).toBe(0);
      const planned = await site.run('plan', 'weight', '10.0.0.2=30', '--force', '-o', file);
      expect(planned.err).toContain(`drain apply ${file} --force`);
      expect(await carryOut(site, planned)).toMatchObject({ exitCode: 0 });
      expect(weightsIn(site)['10.0.0.2']).toBe(30);
    }));
});
