import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { rowsOf } from '../../../src/commands/command-line/row-options.ts';
import { commandTable } from '../../../src/commands/program.ts';
import type { Actor } from '../../../src/domain/actor/actor.ts';
import { foldJournal } from '../../../src/rollout/state/journal.ts';
import { unwrap } from '../../contract/store.ts';
import { withFolder } from '../../support/drain-command.ts';
import { createSite, type Ran, type Site } from '../../support/maintained-site.ts';

const table = `-A -t 10.0.0.100:80 -s wrr
-a -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 100
-a -t 10.0.0.100:80 -r 10.0.0.2:80 -m -w 50
-a -t 10.0.0.100:80 -r 10.0.0.3:80 -m -w 50
`;
const anna: Actor = { user: 'anna', host: 'lb1' };
const bob: Actor = { user: 'bob', host: 'lb2' };
const job: Actor = {
  user: 'carl',
  host: 'runner-7',
  run: 'https://github.com/o/r/actions/runs/42',
};

interface Caller {
  site: Site;
  by: Actor;
}

/** A site, and whoever calls there: somebody else later on. */
function siteOf(variables: Readonly<Record<string, string>> = {}): Caller {
  const caller: Caller = { by: anna } as Caller;
  caller.site = createSite({ seed: 3, table, traffic: [], variables, who: () => caller.by });
  return caller;
}

const handOver = ['--from', '10.0.0.1', '--to', '10.0.0.2', '--over', '10s', '--no-check'];
const rolloutOf = ({ events }: Ran): string => events[0]?.rollout ?? '';

const actsOf = async ({ site }: Caller, rollout: string) =>
  foldJournal(unwrap(await site.store.read(rollout))).acts?.map(({ act, actor }) => [act, actor]);

/** A rollout that ended at 50 %: it can go on, and back. */
async function until(caller: Caller, ...more: readonly string[]): Promise<string> {
  const run = await caller.site.run(...handOver, '--until', '50%', ...more);
  expect(run).toMatchObject({ exitCode: 0 });
  return rolloutOf(run);
}

describe('who and why', () => {
  it('stand in the journal, in the envelope of every event, in status and in history', async () => {
    const caller = siteOf();
    const { site } = caller;
    const run = await site.run(...handOver, '--until', '50%', '--reason', 'deploy 42');
    const started = { ...anna, reason: 'deploy 42' };
    expect(new Set(run.events.map(({ actor }) => JSON.stringify(actor)))).toEqual(
      new Set([JSON.stringify(started)]),
    );
    const rollout = rolloutOf(run);
    expect(unwrap(await site.store.read(rollout))[0].actor).toEqual(started);
    const status = await site.run('status');
    expect(status.out).toContain('\n  started by anna on lb1: deploy 42\n');
    const past = await site.run('history', '--output', 'json');
    expect(JSON.parse(past.out).acts).toEqual([
      { act: 'started', at: '2026-01-01T00:00:00.006Z', ...started },
    ]);
  });

  it.each([
    ['resume', ['--until', '60%'], 'resumed', 'resumed'],
    ['promote', [], 'promoted', 'promoted'],
    ['rollback', [], 'rolled-back', 'rolled back'],
    ['abandon', [], 'abandoned', 'abandoned'],
  ] as const)('of %s stand beside those of the start', async (command, args, act, word) => {
    const caller = siteOf();
    const rollout = await until(caller);
    caller.by = { ...bob, run: 'https://ci/7' };
    const run = await caller.site.run(command, rollout, ...args, '--reason', 'as agreed');
    expect(run).toMatchObject({ exitCode: 0 });
    const then = { ...caller.by, reason: 'as agreed' };
    expect(await actsOf(caller, rollout)).toEqual([
      ['started', anna],
      [act, then],
    ]);
    for (const { actor } of run.events) expect(actor).toEqual(then);
    const { out } = await caller.site.run('history');
    expect(out).toContain(
      `  started by anna on lb1\n  ${word} by bob on lb2 (https://ci/7): as agreed\n`,
    );
  });

  it('of whoever asks are the reason that the event of a rollback gives', async () => {
    const caller = siteOf();
    const rollout = await until(caller);
    caller.by = bob;
    const run = await caller.site.run('rollback', rollout, '--reason', 'deploy 42 is broken');
    const back = run.events.find(({ type }) => type === 'rollback-started');
    expect(back).toMatchObject({ reason: 'asked to by bob on lb2: deploy 42 is broken' });
  });

  it('are found again by history --actor, with the machine or without', async () => {
    const caller = siteOf();
    const first = await until(caller);
    caller.by = bob;
    await caller.site.run('rollback', first);
    const found = async (name: string) =>
      (await caller.site.run('history', '--actor', name)).out.includes(first);
    expect(await found('anna')).toBe(true);
    expect(await found('bob@lb2')).toBe(true);
    expect(await found('bob@lb1')).toBe(false);
    expect(await found('carl')).toBe(false);
    expect((await caller.site.run('history', '--actor', 'carl')).out).toContain('no such rollout');
  });

  it('of a server that is out tell whoever looks, and whoever would fill it', async () => {
    const caller = siteOf();
    await caller.site.run('out', '10.0.0.2', '--settle', '1s', '--reason', 'new disk');
    caller.by = bob;
    const { out } = await caller.site.run('status');
    expect(out).toMatch(/^out: 10\.0\.0\.2:80 .*: drain out by anna on lb1: new disk, weight 50/m);
    const [line = ''] = (await caller.site.run('status', '--output', 'json')).out.split('\n');
    expect(JSON.parse(line).actor).toEqual({ ...anna, reason: 'new disk' });
    const refused = await caller.site.run(...handOver);
    expect(refused.exitCode).toBe(6);
    expect(refused.err).toMatch(/an operator has 10\.0\.0\.2:80 out .*, by anna on lb1: new disk/);
    // Who waits once more has not taken it out.
    await caller.site.run('out', '10.0.0.2', '--settle', '1s');
    expect((await caller.site.marks()).map(({ actor }) => actor?.user)).toEqual(['anna']);
  });

  it('of an around are those of what it does to its servers, and of whoever resumes it', async () => {
    const caller = siteOf();
    caller.by = job;
    const around = ['around', '10.0.0.2', '--settle', '1s', '--over', '1s', '--reason', 'kernel'];
    const run = await caller.site.run(...around, '--output', 'json', '--', 'reboot');
    expect(run.exitCode).toBe(0);
    const by = { ...job, reason: 'kernel' };
    const own = run.out.split('\n').filter((line) => line.includes('-around'));
    expect(own.length).toBeGreaterThan(3);
    for (const line of own) expect(JSON.parse(line).actor).toEqual(by);
    for (const { actor } of run.events) expect(actor).toEqual(by);
    const { out } = await caller.site.run('history', '--actor', 'carl');
    expect(out.match(/started by carl on runner-7 \(https:\/\/github\.com/g)).toHaveLength(3);
  });

  it('of what acts by itself are its command, and no reason is wanted of it', async () => {
    await withRequired(async (config) => {
      const caller = siteOf();
      caller.site.stopAt(caller.site.simulation.clock.nowMs() + 3_000, {
        signal: 'sigterm',
        again: false,
      });
      const run = await caller.site.run(...handOver, '--reason', 'deploy 42');
      expect(run.exitCode).toBe(143);
      caller.by = { user: 'root', host: 'lb1' };
      const resumed = await caller.site.run('resume', '--all', '--config', config);
      expect(resumed.exitCode).toBe(0);
      expect(await actsOf(caller, rolloutOf(run))).toEqual([
        ['started', { ...anna, reason: 'deploy 42' }],
        ['resumed', { ...caller.by, program: 'drain resume --all' }],
      ]);
      const { out } = await caller.site.run('history');
      expect(out).toContain('resumed by drain resume --all of root on lb1\n');
    });
  });

  it('of a plan file and of a compiled plan are their reason, where nobody gives another', async () => {
    await withFolder(async (folder) => {
      const file = join(folder, 'plan.yaml');
      const compiled = join(folder, 'plan.json');
      await writeFile(
        file,
        'from: 10.0.0.1\nto: 10.0.0.2\nover: 1s\nreason: as in git\nuntil: 50%\n',
      );
      const caller = siteOf();
      const reasonOf = async (...args: readonly string[]) => {
        const run = await caller.site.run('apply', ...args, '--no-check');
        expect(run.exitCode).toBe(0);
        await caller.site.run('rollback', rolloutOf(run));
        return run.events[0]?.actor?.reason;
      };
      expect(await reasonOf(file)).toBe('as in git');
      expect(await reasonOf(file, '--reason', 'by hand')).toBe('by hand');
      await caller.site.run('plan', file, '-o', compiled);
      expect(await reasonOf(compiled)).toBe('as in git');
      expect(await reasonOf(compiled, '--reason', 'by hand')).toBe('by hand');
    });
  });
});

async function withRequired(use: (config: string) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    const config = join(folder, 'drain.yaml');
    await writeFile(config, 'requireReason: true\n');
    await use(config);
  });
}

describe('a reason', () => {
  it.each([
    ['', 'is no reason'],
    [' \n ', 'is no reason'],
    ['x'.repeat(501), 'is longer than 500 characters'],
  ])('%j is refused before anything is looked at', async (reason, says) => {
    const { site } = siteOf();
    const before = site.table();
    const run = await site.run(...handOver, '--reason', reason);
    expect(run.exitCode).toBe(2);
    expect(run.err).toContain(says);
    expect(site.table()).toBe(before);
  });

  it('is one line, and obeyed by no terminal', async () => {
    const caller = siteOf();
    const rollout = await until(caller, '--reason', ' deploy\n42 \u001b[2J\u202e ');
    expect(await actsOf(caller, rollout)).toEqual([
      ['started', { ...anna, reason: 'deploy 42 \\x1b[2J\\u202e' }],
    ]);
  });

  it('can stand in DRAIN_REASON, and the option wins', async () => {
    const caller = siteOf({ DRAIN_REASON: 'pipeline 7' });
    const reasons = [];
    for (const args of [[], ['--reason', 'by hand']]) {
      const rollout = await until(caller, ...args);
      await caller.site.run('rollback', rollout);
      reasons.push((await actsOf(caller, rollout))?.map(([, actor]) => (actor as Actor).reason));
    }
    expect(reasons).toEqual([
      ['pipeline 7', 'pipeline 7'],
      ['by hand', 'pipeline 7'],
    ]);
  });
});

/** Commands that a reason is wanted of, each as it would be typed. */
const wanting: Readonly<Record<string, readonly string[]>> = {
  'the main form': handOver,
  apply: ['apply', 'FILE'],
  out: ['out', '10.0.0.2'],
  add: ['add', '10.0.0.9', '--service', 'tcp/10.0.0.100:80', '--no-check'],
  weight: ['weight', '10.0.0.3=40'],
  around: ['around', '10.0.0.2', '--', 'reboot'],
  freeze: ['freeze'],
};

/** Commands that take a reason and want none: they change no table, or lead on or back what has a reason. */
const freeOf = [
  ...['plan', 'plan out', 'plan add', 'plan weight', 'doctor', 'pause'],
  ...['in', 'continue', 'resume', 'promote', 'rollback', 'abandon'],
];

describe('requireReason', () => {
  it('is about every command that begins a change', () => {
    const taking = rowsOf(commandTable)
      .filter(({ options }) => options.includes('reason'))
      .map(({ name = 'the main form' }) => name);
    expect(taking.toSorted()).toEqual([...Object.keys(wanting), ...freeOf].toSorted());
  });

  it.each(Object.keys(wanting))(
    'has %s refused, with what to type, and nothing changed',
    async (name) => {
      await withRequired(async (config) => {
        const caller = siteOf();
        const rollout = await until(caller, '--reason', 'deploy 42');
        const file = join(config, '..', 'plan.yaml');
        await writeFile(file, 'from: 10.0.0.3\nto: 10.0.0.2\n');
        const before = caller.site.table();
        const journal = unwrap(await caller.site.store.read(rollout));
        const words = (wanting[name] ?? []).map((word) => (word === 'FILE' ? file : word));
        const run = await caller.site.run('--config', config, ...words);
        expect(run.exitCode).toBe(2);
        expect(run.err).toContain('--reason');
        if (name !== 'freeze') {
          expect(run.err).toContain('the reason is missing');
          expect(run.err).toContain(`where: ${config}:1:1, requireReason`);
        }
        expect(caller.site.table()).toBe(before);
        expect(unwrap(await caller.site.store.read(rollout))).toEqual(journal);
      });
    },
  );

  it('wants none of the commands that are printed to be pasted', async () => {
    await withRequired(async (config) => {
      const caller = siteOf();
      const asked = ['--reason', 'deploy 42', '--config', config];
      const run = await caller.site.run(...handOver, '--until', '50%', ...asked);
      const id = run.events[0]?.rollout ?? '';
      for (const command of ['resume', 'rollback']) {
        const next = await caller.site.run(command, id, '--config', config);
        expect(next, command).toMatchObject({ exitCode: 0 });
      }
      expect((await actsOf(caller, id))?.map(([act]) => act)).toEqual([
        'started',
        'resumed',
        'rolled-back',
      ]);
      expect(await caller.site.run('out', '10.0.0.3', '--settle', '0s', ...asked)).toMatchObject({
        exitCode: 0,
      });
      expect(
        await caller.site.run('in', '10.0.0.3', '--over', '0s', '--config', config),
      ).toMatchObject({ exitCode: 0 });
    });
  });

  it('wants none of a dry run, nor of the brake', async () => {
    await withRequired(async (config) => {
      const caller = siteOf();
      const dry = await caller.site.run(...handOver, '--dry-run', '--config', config);
      expect(dry.exitCode).toBe(0);
      const rollout = await until(caller);
      const paused = await caller.site.run('pause', rollout, '--config', config);
      expect(paused.err).toContain('is not running');
      expect(paused.err).not.toContain('reason');
    });
  });
});
