import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { DrainEvent } from '../../../src/domain/events/event.ts';
import { withFolder } from '../../support/drain-command.ts';
import { createSite, type Ran, type Site } from '../../support/maintained-site.ts';

const table = `-A -t 10.0.0.100:80 -s wrr
-a -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 100
-a -t 10.0.0.100:80 -r 10.0.0.2:80 -m -w 50
-a -t 10.0.0.100:80 -r 10.0.0.3:80 -m -w 50
`;
/** Thursday, 07:50 in UTC. */
const startMs = Date.UTC(2026, 0, 1, 7, 50);
const minuteMs = 60_000;
const siteOf = (): Site => createSite({ seed: 3, startMs, table, traffic: [] });
const handOver = ['--from', '10.0.0.1', '--to', '10.0.0.2', '--over', '10s', '--no-check'];
const later = [...handOver, '--at', '10m'];

const ofType = <T extends DrainEvent['type']>({ events }: Ran, type: T) =>
  events.filter((one): one is Extract<DrainEvent, { type: T }> => one.type === type);
const rolloutOf = ({ events }: Ran): string => events[0]?.rollout ?? '';
const stepsAt = (run: Ran): readonly number[] =>
  ofType(run, 'step-applied').map(({ at }) => Math.floor((Date.parse(at) - startMs) / 1_000));
const atMinute = (site: Site, minute: number, act: () => unknown): void =>
  site.simulation.at(startMs + minute * minuteMs, () => void act());
/** Has a command run at that minute, while no time passes. */
const meanwhile = (site: Site, minute: number, ...args: readonly string[]): Promise<Ran> =>
  new Promise((resolve) => {
    const { clock } = site.simulation;
    atMinute(site, minute, () => clock.standStill(() => site.run(...args)).then(resolve));
  });
/** The same about the rollout that waits. */
const ofLatest = (site: Site, minute: number, ...args: readonly string[]): Promise<Ran> =>
  meanwhile(site, minute, ...args, 'latest');

describe('a start at a time', () => {
  it('waits until then, is told once, and begins', async () => {
    const run = await siteOf().run(...handOver, '--at', '2026-01-01T08:00Z');
    expect(run).toMatchObject({ exitCode: 0, err: '' });
    expect(ofType(run, 'waiting')).toMatchObject([
      {
        step: 0,
        reason: 'start-time',
        until: '2026-01-01T08:00:00.000Z',
        detail: 'until 2026-01-01 08:00 UTC, which is its time',
      },
    ]);
    expect(stepsAt(run)[0]).toBe(600);
    expect(stepsAt(run).at(-1)).toBe(610);
  });

  it.each(['+10m', '2026-01-01T08:00:00Z', '2026-01-01T09:00+01:00'])(
    'takes %s for that time',
    async (at) => {
      const run = await siteOf().run(...handOver, '--at', at);
      expect(stepsAt(run)[0]).toBe(600);
    },
  );

  it('refuses what is no time, and what is over', async () => {
    for (const [at, said] of [
      ['tomorrow', '"tomorrow" is no time'],
      ['2020-01-01', '--at 2020-01-01 is over already'],
    ] as const) {
      const run = await siteOf().run(...handOver, '--at', at);
      expect(run).toMatchObject({ exitCode: 2, events: [] });
      expect(run.err).toContain(said);
    }
  });

  it('leaves the services to others until then: a rollout there is over before it begins', async () => {
    const site = siteOf();
    let other: Promise<Ran> | undefined;
    atMinute(site, 2, () => {
      other = site.run('out', '10.0.0.3', '--settle', '1s');
    });
    const run = await site.run(...handOver, '--at', '3h');
    expect((await other)?.exitCode).toBe(0);
    expect(run.exitCode).toBe(0);
    expect(site.table()).toContain('10.0.0.3:80 -m -w 0');
  });

  it('is refused at its time where the table has been changed by then', async () => {
    const site = siteOf();
    atMinute(site, 5, () =>
      site.simulation.ipvsadm(['-e', '-t', '10.0.0.100:80', '-r', '10.0.0.1:80', '-m', '-w', '7']),
    );
    const run = await site.run(...later);
    expect(run.exitCode).toBe(6);
    expect(ofType(run, 'step-applied')).toEqual([]);
    expect(run.events.at(-1)).toMatchObject({ type: 'finished', outcome: 'refused', exitCode: 6 });
    expect(site.table()).toContain('10.0.0.1:80 -m -w 7');
  });

  it('is refused where somebody has changed a server beside it by hand, with what is different', async () => {
    const site = siteOf();
    atMinute(site, 5, () =>
      site.simulation.ipvsadm(['-e', '-t', '10.0.0.100:80', '-r', '10.0.0.3:80', '-m', '-w', '7']),
    );
    const run = await site.run(...later);
    expect(run.exitCode).toBe(6);
    expect(run.err).toContain('found 10.0.0.3:80 weight 7');
    expect(run.err).toContain('this rollout is over');
    expect(run.err).toContain('ipvsadm -e -t 10.0.0.100:80 -r 10.0.0.3:80 -m -w 50');
  });

  it('is refused at its time while rollouts are frozen, and with --override not', async () => {
    for (const [more, exitCode] of [
      [[], 3],
      [['--override'], 0],
    ] as const) {
      const site = siteOf();
      const frozen = meanwhile(site, 5, 'freeze', '--reason', 'incident');
      const run = await site.run(...later, ...more);
      expect((await frozen).exitCode).toBe(0);
      expect(run.exitCode).toBe(exitCode);
    }
  });

  it('is accepted during a freeze that is over by then, and refused in one that is not', async () => {
    const site = siteOf();
    await site.run('freeze', '--reason', 'incident', '--until', '5m');
    expect((await site.run(...later)).exitCode).toBe(0);
    const other = siteOf();
    await other.run('freeze', '--reason', 'incident', '--until', '15m');
    expect(await other.run(...later)).toMatchObject({ exitCode: 3 });
  });
});

describe('a rollout that waits for its time', () => {
  it('ends with SIGINT, has changed nothing, and keeps its time when it is resumed', async () => {
    const site = siteOf();
    site.stopAt(startMs + 5 * minuteMs, { signal: 'sigint', again: false });
    const run = await site.run(...later);
    expect(run.exitCode).toBe(130);
    expect(run.events.at(-1)).toMatchObject({ type: 'finished', outcome: 'held' });
    expect(site.table()).toBe(table);
    const resumed = await site.run('resume', rolloutOf(run));
    expect(resumed.exitCode).toBe(0);
    expect(stepsAt(resumed)[0]).toBe(600);
  });

  it('is rolled back from another terminal: nothing was changed', async () => {
    const site = siteOf();
    const asked = ofLatest(site, 5, 'rollback', '--no-wait');
    const run = await site.run(...later);
    expect((await asked).exitCode).toBe(0);
    expect(run.exitCode).toBe(5);
    expect(run.events.at(-1)).toMatchObject({
      outcome: 'rolled-back',
      message: 'rolled back before its first step: nothing was changed',
    });
    expect(site.table()).toBe(table);
  });

  it('is abandoned from another terminal', async () => {
    const site = siteOf();
    let asked: Promise<Ran> | undefined;
    atMinute(site, 1, () => {
      asked = site.run('abandon', 'latest');
    });
    const run = await site.run(...handOver, '--at', '3h');
    expect((await asked)?.exitCode).toBe(0);
    expect(run.events.at(-1)).toMatchObject({ outcome: 'rolled-back' });
    expect(site.table()).toBe(table);
  });

  it('is paused over its time, and begins when it is continued', async () => {
    const site = siteOf();
    const paused = ofLatest(site, 5, 'pause', '--no-wait');
    const on = ofLatest(site, 20, 'continue', '--no-wait');
    const run = await site.run(...later);
    expect((await paused).exitCode).toBe(0);
    expect((await on).exitCode).toBe(0);
    expect(run.exitCode).toBe(0);
    expect(stepsAt(run)[0]).toBeGreaterThanOrEqual(1_200);
  });

  it('is nobody else to resume while its process waits', async () => {
    const site = siteOf();
    const asked = ofLatest(site, 5, 'resume');
    const run = await site.run(...later);
    const answer = await asked;
    expect(answer.exitCode).toBe(6);
    expect(answer.err).toContain('drain rollback');
    expect(run.exitCode).toBe(0);
  });
});

describe('windows', () => {
  const planned = (hours: string, act: (file: string) => Promise<void>) =>
    withFolder(async (folder) => {
      const file = join(folder, 'plan.yaml');
      const windows = `[{hours: ${hours}, zone: UTC}]`;
      await writeFile(
        file,
        `{from: 10.0.0.1, to: 10.0.0.2, over: 10s, noCheck: true, windows: ${windows}}\n`,
      );
      await act(file);
    });

  it('let a start outside of them wait for the first that opens', () =>
    planned('08:00-09:00', async (file) => {
      const run = await siteOf().run('apply', file);
      expect(run.exitCode).toBe(0);
      expect(ofType(run, 'waiting')).toMatchObject([{ step: 0, reason: 'window' }]);
      expect(stepsAt(run)[0]).toBe(600);
    }));

  it('are gone past by --override, at a start and at a way on', () =>
    planned('08:00-09:00', async (file) => {
      const run = await siteOf().run('apply', file, '--override');
      expect(stepsAt(run)[0]).toBe(0);
      const site = siteOf();
      site.stopAt(startMs + minuteMs, { signal: 'sigterm', again: false });
      const held = await site.run('apply', file);
      const resumed = await site.run('resume', rolloutOf(held), '--override');
      expect(resumed.exitCode).toBe(0);
      expect(stepsAt(resumed)[0]).toBeLessThan(120);
    }));

  it('stand in the plan, with when the steps really come', () =>
    planned('07:50-07:51', async (file) => {
      const site = siteOf();
      const plan = await site.run('plan', file, '--over', '2m', '--every', '40s');
      expect(plan.out.replace(/\s+/g, ' ')).toContain(
        'outside of its windows (every day 07:50-07:51 UTC) steps wait: begun now, step 2 comes at 2026-01-02 07:50 UTC',
      );
      const dry = await site.run('apply', file, '--dry-run', '--at', '1h');
      const codes = ofType(dry, 'warning').map(({ code }) => code);
      expect(codes).toEqual(expect.arrayContaining(['starts-later', 'waits-for-window']));
    }));
});

describe('a freeze', () => {
  it('stands in the plan, in a dry run and in the list', async () => {
    const site = siteOf();
    await site.run('freeze', '--reason', 'incident 4711');
    expect((await site.run('plan', ...handOver)).out.replace(/\s+/g, ' ')).toContain(
      'incident 4711',
    );
    const dry = await site.run(...handOver, '--dry-run');
    expect(dry.exitCode).toBe(0);
    expect(ofType(dry, 'warning')).toMatchObject([
      { code: 'frozen', message: expect.stringContaining('drain unfreeze') },
    ]);
    expect((await site.run('list')).out).toContain('frozen by anna on lb1');
    const json = await site.run('list', '--output', 'json');
    expect(JSON.parse(json.out)).toMatchObject({ frozen: { reason: 'incident 4711' } });
  });
});
