import { describe, expect, it } from 'vitest';
import type { ServerKey, ServiceKey } from '../../../src/domain/address.ts';
import type { AroundRecord } from '../../../src/domain/around/around.ts';
import { ok } from '../../../src/domain/failure.ts';
import type { SequenceRecord } from '../../../src/domain/rollout/sequence.ts';
import type { Journal, Store } from '../../../src/rollout/ports.ts';
import { createMemoryStore } from '../../../src/store/memory-store.ts';
import { createSite, type Site } from '../../support/maintained-site.ts';
import { defaultPolicy } from '../../support/simulated-rollout.ts';

const service = '-t 10.0.0.100:80';

/** `ipvsadm -S` of a service with these weights by the last number of each server. */
const tableOf = (weights: Readonly<Record<number, number>>): string =>
  [
    `-A ${service} -s wrr`,
    ...Object.entries(weights).map(
      ([n, weight]) => `-a ${service} -r 10.0.0.${n}:80 -m -w ${weight}`,
    ),
    '',
  ].join('\n');

const siteOf = (weights: Readonly<Record<number, number>>): Site =>
  createSite({ seed: 1, table: tableOf(weights) });

/** Weights by the last number of each server. */
const weightsOf = (site: Site): Readonly<Record<string, number>> =>
  Object.fromEntries(
    [...site.table().matchAll(/-r 10\.0\.0\.(\d+):80 -m -w (\d+)/g)].map(([, n, weight]) => [
      n,
      Number(weight),
    ]),
  );

const byHand = (site: Site, n: number, weight: number): void =>
  void site.simulation.ipvsadm([
    '-e',
    '-t',
    '10.0.0.100:80',
    '-r',
    `10.0.0.${n}:80`,
    '-m',
    '-w',
    String(weight),
  ]);

const ramp = ['--over', '4s', '--every', '1s'];
const handOver = ['--from', '10.0.0.1', '--to', '10.0.0.4', ...ramp, '--settle', '1s'];

/** Runs a command that SIGTERM holds after so long; returns the id of its rollout. */
async function held(site: Site, afterMs: number, ...args: readonly string[]): Promise<string> {
  site.stopAt(site.simulation.clock.nowMs() + afterMs, { signal: 'sigterm', again: false });
  expect((await site.run(...args)).exitCode).toBe(143);
  return latest(site);
}

async function latest({ store }: Site): Promise<string> {
  const ids = await store.list();
  if (!ids.ok || ids.value[0] === undefined) throw new Error('no rollout');
  return ids.value[0];
}

describe('a service whose other servers have lost their weight', () => {
  it('keeps its last when an in that was done is rolled back, unless somebody insists', async () => {
    const site = siteOf({ 1: 100, 2: 50 });
    await site.run('out', '10.0.0.1');
    expect((await site.run('in', '10.0.0.1')).exitCode).toBe(0);
    const rollout = await latest(site);
    byHand(site, 2, 0);
    const refused = await site.run('rollback', rollout);
    expect(refused.exitCode).toBe(3);
    expect(refused.err).toContain('would leave tcp/10.0.0.100:80 on local without any weight');
    expect(refused.err).toContain(`drain rollback ${rollout} --force`);
    expect(weightsOf(site)).toEqual({ 1: 100, 2: 0 });
    expect((await site.run('rollback', rollout, '--force')).exitCode).toBe(0);
    expect(weightsOf(site)).toEqual({ 1: 0, 2: 0 });
  });

  it('keeps its last when an out that was held is resumed', async () => {
    const site = siteOf({ 1: 100, 2: 50 });
    const rollout = await held(site, 2_500, 'out', '10.0.0.1', ...ramp);
    byHand(site, 2, 0);
    const refused = await site.run('resume', rollout);
    expect(refused.exitCode).toBe(3);
    expect(refused.err).toContain(`drain rollback ${rollout}`);
    expect((await site.run('rollback', rollout)).exitCode).toBe(0);
    expect(weightsOf(site)).toEqual({ 1: 100, 2: 0 });
  });

  it('keeps its last in the middle of an out, which is held, unless somebody insists', async () => {
    const site = siteOf({ 1: 100, 2: 100 });
    const { simulation } = site;
    simulation.at(simulation.clock.nowMs() + 1_500, () => byHand(site, 2, 0));
    const stopped = await site.run('out', '10.0.0.1', ...ramp);
    expect(stopped.exitCode).toBe(6);
    expect(stopped.err).toContain(
      'somebody else took the weight of all other servers of tcp/10.0.0.100:80 on local',
    );
    const { 1: left, 2: none } = weightsOf(site);
    expect(left).toBeGreaterThan(0);
    expect(none).toBe(0);
    const rollout = await latest(site);
    expect((await site.run('resume', rollout)).exitCode).toBe(3);
    expect((await site.run('rollback', rollout)).exitCode).toBe(0);
    expect(weightsOf(site)).toEqual({ 1: 100, 2: 0 });
    simulation.at(simulation.clock.nowMs() + 1_500, () => byHand(site, 2, 0));
    byHand(site, 2, 100);
    expect((await site.run('out', '10.0.0.1', '--force', ...ramp)).exitCode).toBe(0);
    expect(weightsOf(site)).toEqual({ 1: 0, 2: 0 });
  });
});

describe('an in that was done, whose server a later rollout has removed', () => {
  it('is not rolled back, for that would add the server again', async () => {
    const site = siteOf({ 1: 100, 2: 50 });
    await site.run('out', '10.0.0.1');
    await site.run('in', '10.0.0.1');
    const rollout = await latest(site);
    expect(
      (await site.run('--from', '10.0.0.1', '--to', '10.0.0.4', '--over', '0s')).exitCode,
    ).toBe(0);
    const after = weightsOf(site);
    for (const words of [[], ['--accept']]) {
      const refused = await site.run('rollback', rollout, ...words);
      expect(refused.exitCode).toBe(6);
      expect(refused.err).not.toContain('--accept');
      // It is over, and there is nothing to give up.
      expect(refused.err).not.toContain('drain abandon');
    }
    expect(weightsOf(site)).toEqual(after);
  });
});

describe('a server that an operator has taken out since', () => {
  it('is filled by no way back, unless it is brought in before, or somebody insists', async () => {
    const site = siteOf({ 1: 100, 2: 50 });
    const over = ['--from', '10.0.0.1', '--to', '10.0.0.2', '--over', '0s', '--settle', '1s'];
    expect((await site.run(...over)).exitCode).toBe(0);
    const rollout = await latest(site);
    await site.run('out', '10.0.0.2', '--force');
    const refused = await site.run('rollback', rollout);
    expect(refused.exitCode).toBe(6);
    expect(refused.err).toContain('drain in 10.0.0.2:80;');
    expect(refused.err).toContain(`drain rollback ${rollout} --accept`);
    expect((await site.run('in', '10.0.0.2:80')).exitCode).toBe(0);
    expect((await site.run('rollback', rollout)).exitCode).toBe(0);
    expect(weightsOf(site)).toEqual({ 1: 100, 2: 50 });
  });

  it('that was kept at 0 is forgotten by the command that is printed, and then filled', async () => {
    const kept = async () => {
      const site = siteOf({ 1: 100, 2: 50 });
      const over = ['--from', '10.0.0.1', '--to', '10.0.0.2', '--over', '0s', '--settle', '1s'];
      expect((await site.run(...over, '--keep')).exitCode).toBe(0);
      const rollout = await latest(site);
      await site.run('out', '10.0.0.1');
      return { site, rollout };
    };
    const { site, rollout } = await kept();
    const refused = await site.run('rollback', rollout);
    expect(refused.exitCode).toBe(6);
    expect(refused.err).toContain('drain in 10.0.0.1:80 --force;');
    expect((await site.run('in', '10.0.0.1:80', '--force')).exitCode).toBe(0);
    expect((await site.run('rollback', rollout)).exitCode).toBe(0);
    expect(weightsOf(site)).toEqual({ 1: 100, 2: 50 });
    const insisted = await kept();
    expect((await insisted.site.run('rollback', insisted.rollout, '--accept')).exitCode).toBe(0);
    expect(weightsOf(insisted.site)).toEqual({ 1: 100, 2: 50 });
  });
});

describe('a held rollout that has a service on a scale of its own', () => {
  it('goes on only when what began after it has ended', async () => {
    const site = siteOf({ 1: 100, 2: 50, 3: 75 });
    const rollout = await held(site, 2_500, ...handOver);
    const later = await held(site, 2_500, 'out', '10.0.0.2', ...ramp);
    for (const way of ['resume', 'rollback']) {
      const refused = await site.run(way, rollout);
      expect(refused.exitCode).toBe(6);
      for (const out of ['resume', 'rollback', 'abandon'])
        expect(refused.err).toContain(`drain ${out} ${later}`);
    }
    expect((await site.run('rollback', later)).exitCode).toBe(0);
    expect((await site.run('rollback', rollout)).exitCode).toBe(0);
    expect(weightsOf(site)).toEqual({ 1: 100, 2: 50, 3: 75 });
  });

  it.each([
    ['on that scale', true],
    ['while it had the scale from before', false],
  ])(
    'takes a bystander that was out when it began and came back %s for what it is',
    async (_, again) => {
      for (const way of ['resume', 'rollback']) {
        const site = siteOf({ 1: 100, 2: 50, 3: 75 });
        await site.run('out', '10.0.0.3');
        // At a second signal a rollout leaves its services as they are, on the scale of the ramp.
        site.stopAt(site.simulation.clock.nowMs() + 2_500, { signal: 'sigterm', again });
        expect((await site.run(...handOver)).exitCode).toBe(143);
        const rollout = await latest(site);
        const back = await site.run('in', '10.0.0.3');
        expect(back.exitCode, back.err).toBe(0);
        expect((weightsOf(site)[3] ?? 0) < 75).toBe(again);
        const ended = await site.run(way, rollout);
        expect(ended.exitCode, ended.err).toBe(0);
        expect(weightsOf(site)).toEqual(
          way === 'resume' ? { 2: 50, 3: 75, 4: 100 } : { 1: 100, 2: 50, 3: 75 },
        );
      }
    },
  );
});

it('what a guard remembers of a server ends when a rollback gives it the weight from before', async () => {
  const site = siteOf({ 1: 100, 2: 50, 3: 75 });
  const toSecond = ['--from', '10.0.0.1', '--to', '10.0.0.2', ...ramp, '--settle', '1s'];
  expect((await site.run(...toSecond)).exitCode).toBe(0);
  expect(weightsOf(site)).toEqual({ 2: 150, 3: 75 });
  await site.store.marks.put({
    table: 'ipvsadm',
    service: 'tcp/10.0.0.100:80' as ServiceKey,
    server: '10.0.0.2:80' as ServerKey,
    ...{ reason: 'health', weight: 150, sinceMs: 1 },
  });
  byHand(site, 2, 0);
  expect((await site.run('rollback', await latest(site))).exitCode).toBe(0);
  expect(weightsOf(site)).toEqual({ 1: 100, 2: 50, 3: 75 });
  expect(await site.marks()).toEqual([]);
});

const access = [{ director: 'local', where: 'local', ipvsadm: 'ipvsadm' }];

const around: AroundRecord = {
  ...{ around: '20260101-000000000-0001-around', startedMs: 1, access, force: false },
  command: ['restart', '{server}'],
  terms: { kind: 'options', out: {}, in: {} },
  batches: [
    {
      phase: 'command',
      servers: [{ address: '10.0.0.9', name: { address: '10.0.0.9' }, isCommandDone: false }],
    },
  ],
  end: { outcome: 'held', exitCode: 5, message: 'the command failed' },
};

describe('an around that was held', () => {
  it('can be ended although its server has left the table', async () => {
    const site = siteOf({ 1: 100 });
    await site.store.arounds.put(around);
    const ended = await site.run('rollback', around.around);
    expect(ended.exitCode, ended.err).toBe(0);
    expect((await site.run('status')).out).not.toContain(around.around);
  });

  it('can be abandoned, once, and what is out stays out', async () => {
    const site = siteOf({ 1: 100, 2: 50 });
    await site.run('out', '10.0.0.2');
    await site.store.arounds.put(around);
    const abandoned = await site.run('abandon', around.around);
    expect(abandoned.exitCode, abandoned.err).toBe(0);
    expect((await site.run('abandon', around.around)).exitCode).toBe(2);
    expect((await site.run('resume', around.around)).exitCode).toBe(2);
    expect(weightsOf(site)).toEqual({ 1: 100, 2: 0 });
    expect((await site.marks()).map(({ weight }) => weight)).toEqual([50]);
  });
});

it('a sequence that was held can be abandoned, and with it the rollout that it is at', async () => {
  const site = siteOf({ 1: 100, 2: 50, 3: 75 });
  const rollout = await held(site, 2_500, ...handOver);
  const before = weightsOf(site);
  const order: SequenceRecord['items'][number]['order'] = {
    ...{ directors: [], names: [], groups: [], from: ['10.0.0.1'], allowDifferences: false },
    ramp: { overMs: 0, everyMs: 1, curve: 'linear' },
    policy: defaultPolicy,
  };
  const sequence = '20260101-000000000-0001-sequence';
  await site.store.sequences.put({
    ...{ sequence, startedMs: 1, file: 'plan.yaml', first: 1, count: 1 },
    items: [{ order, rollout, isDone: false }],
  });
  expect((await site.run('abandon', sequence)).exitCode).toBe(0);
  expect(weightsOf(site)).toEqual(before);
  for (const id of [sequence, rollout])
    expect((await site.run('resume', id)).err).toContain('abandoned');
});

it('a drain in that died before it could say that it was over is ended by a later one', async () => {
  const kept = createMemoryStore();
  let dies = false;
  const mortal = (journal: Journal): Journal => ({
    ...journal,
    async append(...entries) {
      if (dies && entries.some(({ type }) => type === 'ended')) throw new Error('it is dead');
      return journal.append(...entries);
    },
  });
  const store: Store = {
    ...kept,
    async create(rollout) {
      const made = await kept.create(rollout);
      return made.ok ? ok(mortal(made.value)) : made;
    },
    async open(rollout) {
      const opened = await kept.open(rollout);
      if (!opened.ok) return opened;
      return ok({ ...opened.value, journal: mortal(opened.value.journal) });
    },
  };
  const site = createSite({ seed: 1, table: tableOf({ 1: 100, 2: 50 }), store });
  expect((await site.run('out', '10.0.0.1')).exitCode).toBe(0);
  dies = true;
  await expect(site.run('in', '10.0.0.1', '--over', '0s')).rejects.toThrow('it is dead');
  const rollout = await latest(site);
  // The next finds nothing to do but to say so, and dies there too.
  await expect(site.run('in', '10.0.0.1')).rejects.toThrow('it is dead');
  dies = false;
  expect((await site.run('in', '10.0.0.1')).exitCode).toBe(0);
  const read = await kept.read(rollout);
  expect(read.ok && read.value.at(-1)).toMatchObject({ type: 'ended', outcome: 'done' });
  expect(weightsOf(site)).toEqual({ 1: 100, 2: 50 });
  expect(await site.marks()).toEqual([]);
});
