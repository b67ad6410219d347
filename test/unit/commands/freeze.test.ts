import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { timeText } from '../../../src/domain/time/time-text.ts';
import { withFolder } from '../../support/drain-command.ts';
import { createSite, type Ran, type Site } from '../../support/maintained-site.ts';

const table = `-A -t 10.0.0.100:80 -s wrr
-a -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 100
-a -t 10.0.0.100:80 -r 10.0.0.2:80 -m -w 50
-a -t 10.0.0.100:80 -r 10.0.0.3:80 -m -w 50
`;
const reason = 'Black Friday';
const siteOf = (): Site => createSite({ seed: 3, table, traffic: [] });
const freeze = (site: Site, ...more: readonly string[]): Promise<Ran> =>
  site.run('freeze', '--reason', reason, ...more);
/** The same in a while, in which no time passes: a rollout would be over before its files are read. */
const freezeAt = (site: Site, inMs: number): Promise<Ran> =>
  new Promise((resolve) => {
    const { simulation } = site;
    simulation.at(nowMs(site) + inMs, () => {
      void simulation.clock.standStill(() => freeze(site)).then(resolve);
    });
  });
const frozenSite = async (...more: readonly string[]): Promise<Site> => {
  const site = siteOf();
  expect(await freeze(site, ...more)).toMatchObject({ exitCode: 0 });
  return site;
};
const handOver = ['--from', '10.0.0.1', '--to', '10.0.0.2', '--over', '10s', '--no-check'];
const out = ['out', '10.0.0.3', '--settle', '1s'];
const around = ['around', '10.0.0.2', '10.0.0.3', '--settle', '1s', '--over', '1s', '--', 'reboot'];

const nowMs = ({ simulation: { clock } }: Site): number => clock.nowMs();
const iso = (ms: number): string => new Date(ms).toISOString();
const messageOf = ({ events }: Ran): string => {
  const last = events.at(-1);
  return last?.type === 'finished' ? last.message : '';
};
const rolloutOf = ({ events }: Ran): string => events[0]?.rollout ?? '';
/** A rollout that SIGINT stopped in the middle of its ramp, before anything was frozen. */
async function heldSite(...args: readonly string[]): Promise<{ site: Site; held: string }> {
  const site = siteOf();
  site.stopAt(nowMs(site) + 5_000, { signal: 'sigint', again: false });
  const run = await site.run(...args);
  expect(run.exitCode).toBe(130);
  return { site, held: rolloutOf(run) };
}

describe('drain freeze', () => {
  it('says who froze since when, until when and why, and how it ends', async () => {
    const site = siteOf();
    const since = nowMs(site);
    const run = await freeze(site, '--until', '2h');
    expect(run).toMatchObject({ exitCode: 0, err: '' });
    expect(run.out).toBe(
      `frozen by anna on lb1 since ${timeText(since)}, until ${timeText(since + 7_200_000)}: Black Friday\n  end it: drain unfreeze\n`,
    );
  });

  it.each([
    ['the main form', handOver],
    ['out', out],
    ['around', around],
  ])('makes %s refuse with exit code 3, with the way on, and change nothing', async (_, args) => {
    const site = await frozenSite();
    const since = timeText(nowMs(site));
    const before = site.table();
    const run = await site.run(...args);
    expect(run.exitCode).toBe(3);
    expect(run.err).toContain(
      `rollouts are frozen by anna on lb1 since ${since}, until somebody ends it: Black Friday`,
    );
    expect(run.err).toContain('drain unfreeze');
    expect(run.err).toContain('--override');
    expect(site.table()).toBe(before);
    expect(await site.marks()).toEqual([]);
  });

  it.each([
    ['the main form', handOver, 'removed'],
    ['out', out, 'drained'],
  ])(
    'is gone past by %s with --override, and the rollout has it among its events',
    async (_, args, last) => {
      const site = await frozenSite();
      const run = await site.run(...args, '--override');
      expect(run).toMatchObject({ exitCode: 0, err: '' });
      expect(run.events.filter(({ type }) => type === 'warning')).toMatchObject([
        { code: 'freeze-overridden', message: expect.stringContaining('anna on lb1') },
      ]);
      expect(run.events.some(({ type }) => type === last)).toBe(true);
      const trace = await site.store.readTrace(rolloutOf(run));
      expect(JSON.stringify(trace)).toContain('freeze-overridden');
    },
  );

  it('is gone past by an around with --override, in each of its batches', async () => {
    const site = await frozenSite();
    const run = await site.run(...around.slice(0, 3), '--override', ...around.slice(3));
    expect(run).toMatchObject({ exitCode: 0, err: '' });
    const warnings = run.events.filter((one) => one.type === 'warning');
    expect(warnings.map(({ code }) => code)).toEqual(['freeze-overridden', 'freeze-overridden']);
  });

  it('holds an around up before its next batch, which goes on afterwards', async () => {
    const site = siteOf();
    void freezeAt(site, 500);
    const run = await site.run(...around);
    expect(run.exitCode).toBe(3);
    const [id = ''] = /[\w-]+-around/.exec(run.err) ?? [];
    expect(run.err).toContain(`drain resume ${id}`);
    expect(site.table()).toBe(table);
    expect((await site.run('resume', id)).exitCode).toBe(3);
    await site.run('unfreeze');
    expect(await site.run('resume', id)).toMatchObject({ exitCode: 0, err: '' });
  });

  it('is heeded by each rollout of a list, and --override is for all of them', () =>
    withFolder(async (folder) => {
      const file = join(folder, 'list.yaml');
      await writeFile(
        file,
        'defaults: {over: 2s, settle: 1s, noCheck: true}\nrollouts:\n  - {from: 10.0.0.1, to: 10.0.0.2}\n  - {from: 10.0.0.2, to: 10.0.0.3}\n',
      );
      const site = siteOf();
      void freezeAt(site, 500);
      const run = await site.run('apply', file);
      expect(run.exitCode).toBe(3);
      const [id = ''] = /[\w-]+-sequence/.exec(run.err) ?? [];
      expect(site.table()).toContain('10.0.0.2:80 -m -w 150');
      const resumed = await site.run('resume', id, '--override');
      expect(resumed.exitCode).toBe(0);
      expect(site.table()).not.toContain('10.0.0.2');

      const other = await frozenSite();
      expect((await other.run('apply', file)).exitCode).toBe(3);
      expect((await other.run('apply', file, '--override')).exitCode).toBe(0);
    }));

  it('stops no rollout that runs, and says so', async () => {
    const site = siteOf();
    const frozen = freezeAt(site, 5_000);
    const run = await site.run(...handOver);
    expect(run.exitCode).toBe(0);
    expect((await frozen).out).toContain(
      `rollout ${rolloutOf(run)} runs, and goes on; to stop it: drain pause ${rolloutOf(run)}\n`,
    );
  });

  it('lets a rollout that was held go back, and not on; with --override on', async () => {
    const { site, held } = await heldSite(...handOver);
    await freeze(site);
    const on = await site.run('resume', held);
    expect(on.exitCode).toBe(3);
    expect(on.err).toContain('frozen by anna');
    const onAllTheSame = await site.run('resume', held, '--override');
    expect(onAllTheSame.exitCode).toBe(0);
    expect(onAllTheSame.events.map((one) => one.type)).toContain('warning');

    const other = await heldSite(...handOver);
    await freeze(other.site);
    const back = await other.site.run('rollback', other.held);
    expect(back).toMatchObject({ exitCode: 0, err: '' });
    expect(back.events.at(-1)).toMatchObject({ outcome: 'rolled-back' });
  });

  it('is heeded by drain promote of a held rollout, and gone past with --override', async () => {
    const { site, held } = await heldSite(...handOver);
    await freeze(site);
    expect((await site.run('promote', held)).exitCode).toBe(3);
    expect((await site.run('promote', held, '--override')).exitCode).toBe(0);
  });

  it('lets a rollout go on that was cut off, for it was not stopped', async () => {
    const site = siteOf();
    site.stopAt(nowMs(site) + 5_000, { signal: 'sigterm', again: false });
    expect((await site.run(...handOver)).exitCode).toBe(143);
    await freeze(site);
    expect(await site.run('resume', '--all')).toMatchObject({ exitCode: 0 });
  });

  it('lets servers come back, and held rollouts be given up', async () => {
    const site = siteOf();
    await site.run(...out);
    await freeze(site);
    expect(await site.run('in', '10.0.0.3', '--over', '1s')).toMatchObject({
      exitCode: 0,
      err: '',
    });
    expect(site.table()).toBe(`${table.trim()}\n`);
    const other = await heldSite(...handOver);
    await freeze(other.site);
    expect((await other.site.run('abandon', other.held)).exitCode).toBe(0);
  });

  it('ends by itself at its time, and with drain unfreeze', async () => {
    const site = await frozenSite('--until', '1m');
    await site.simulation.clock.sleepUntil(nowMs(site) + 59_000);
    expect((await site.run(...out)).exitCode).toBe(3);
    await site.simulation.clock.sleepUntil(nowMs(site) + 1_000);
    expect((await site.run(...out)).exitCode).toBe(0);

    const other = await frozenSite();
    const ended = await other.run('unfreeze');
    expect(ended.out).toContain('rollouts may start again; they were frozen by anna on lb1');
    expect((await other.run(...out)).exitCode).toBe(0);
    expect((await other.run('unfreeze')).out).toBe('nothing was frozen in memory\n');
  });

  it('is not put in the place of another one, but with --override', async () => {
    const site = await frozenSite('--until', '1h');
    const second = await freeze(site, '--until', '1m');
    expect(second.exitCode).toBe(6);
    expect(second.err).toContain('drain unfreeze');
    const third = await freeze(site, '--until', '1m', '--override', '--output', 'json');
    expect(JSON.parse(third.out)).toEqual({
      ...{ state: 'frozen', user: 'anna', host: 'lb1', reason, running: [] },
      ...{ since: iso(nowMs(site)), until: iso(nowMs(site) + 60_000) },
    });
  });

  it('stands in drain status', async () => {
    const site = await frozenSite();
    const since = timeText(nowMs(site));
    const status = await site.run('status');
    expect(status.out).toContain(
      `frozen by anna on lb1 since ${since}, until somebody ends it: Black Friday\n  end it: drain unfreeze\n`,
    );
    const json = await site.run('status', '--output', 'json');
    expect(JSON.parse(json.out)).toEqual({
      ...{ state: 'frozen', user: 'anna', host: 'lb1', reason, since: iso(nowMs(site)) },
    });
    await site.run('unfreeze');
    expect((await site.run('status')).out).not.toContain('frozen');
  });

  it('wants a reason, and a time that is to come', async () => {
    const site = siteOf();
    for (const [args, said] of [
      [['freeze'], '--reason is missing'],
      [['freeze', '--reason', ' '], '" " is no reason'],
      [['freeze', '--reason', 'x', '--until', 'tomorrow'], '"tomorrow" is no time'],
      [['freeze', '--reason', 'x', '--until', '2020-01-01'], '"2020-01-01" is over already'],
    ] as const) {
      const run = await site.run(...args);
      expect(run.exitCode).toBe(2);
      expect(run.err).toContain(said);
    }
    expect((await site.run(...out)).exitCode).toBe(0);
  });
});

describe('a freeze that cannot be read', () => {
  it('holds a start up as one that can, and says where it is', async () => {
    const site = siteOf();
    const what = 'the freeze of rollouts in /var/lib/drain/freezes/all.json cannot be used';
    const { freezes } = site.store;
    freezes.read = async () => ({ ok: false, failure: { kind: 'preflight', what } });
    const run = await site.run(...out);
    expect(run.exitCode).toBe(3);
    expect(messageOf(run)).toBe(what);
    expect((await site.run(...out, '--override')).exitCode).toBe(0);
  });
});
