import { chmod, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Site } from '../../support/maintained-site.ts';
import { type ChangeSelf, refused, weightsOf, withTwo } from '../../support/two-states.ts';

const ramp = ['--over', '10s', '--every', '1s', '--settle', '1s'];
const handOver = ['--from', '10.0.0.1', '--to', '10.0.0.4', ...ramp];
const another = ['--from', '10.0.0.2', '--to', '10.0.0.5', ...ramp];

/** Runs a command that SIGTERM holds after so long; returns the id of its rollout. */
async function held(site: Site, afterMs: number, ...args: readonly string[]): Promise<string> {
  // At a second signal a rollout leaves its services as they are, on the scale of the ramp.
  site.stopAt(site.simulation.clock.nowMs() + afterMs, { signal: 'sigterm', again: true });
  expect((await site.run(...args)).exitCode).toBe(143);
  const ids = await site.store.list();
  if (!ids.ok || ids.value[0] === undefined) throw new Error('no rollout');
  return ids.value[0];
}

/** As from a machine whose folders cannot be seen from here. */
const fromElsewhere: ChangeSelf = (self) => ({
  ...self,
  user: 'anna',
  place: async () => ({ ...(await self.place()), host: 'ws1', machine: 'm1', boot: 'b1' }),
});

describe('a rollout that is held in one state folder', () => {
  it('keeps another of its service from starting by another folder, which says how to end it', () =>
    withTwo(async ({ folder, a, b, claims }) => {
      const rollout = await held(a, 3_500, ...handOver);
      expect(await claims()).toEqual([expect.stringMatching(`^claim-${rollout}-`)]);
      const before = b.table();
      const err = refused(await b.run(...another));
      expect(err).toContain(
        `tcp/10.0.0.100:80 on ipvsadm is in rollout ${rollout} (10.0.0.1:80 to 10.0.0.4:80) with the state in ${folder}/a, which is held`,
      );
      for (const way of ['resume', 'rollback', 'abandon']) {
        expect(err).toContain(`drain ${way} ${rollout} --state ${folder}/a`);
      }
      expect(b.table()).toBe(before);
    }));

  it.each([
    ['rolled back', ['rollback']],
    ['finished', ['resume']],
    ['abandoned', ['abandon']],
  ])('lets the service go when it is %s', (_, [way = '']) =>
    withTwo(async ({ a, b, claims }) => {
      const rollout = await held(a, 3_500, ...handOver);
      expect((await a.run(way, rollout)).exitCode).toBe(0);
      expect(await claims()).toEqual([]);
      expect((await b.run(...another)).exitCode).toBe(0);
      expect(await claims()).toEqual([]);
    }),
  );

  it('claims nothing any more when its folder is gone, and what it left is cleaned', () =>
    withTwo(async ({ folder, a, b, claims }) => {
      await held(a, 3_500, ...handOver);
      await rm(join(folder, 'a'), { recursive: true });
      const rollout = await held(b, 3_500, ...another);
      expect(await claims()).toEqual([expect.stringMatching(`^claim-${rollout}-`)]);
    }));

  it('claims nothing any more when its journal says that it is over, whatever was left behind', () =>
    withTwo(async ({ folder, a, b, claims }) => {
      await held(a, 3_500, ...handOver);
      const [name = ''] = await claims();
      const file = join(folder, 'run', name);
      const left = await readFile(file, 'utf8');
      await a.run('rollback', name.slice(6, -17));
      await writeFile(file, left);
      expect((await b.run(...another)).exitCode).toBe(0);
      expect(await claims()).toEqual([]);
    }));

  it('lets others take a bystander out, who remember its base weight', () =>
    withTwo(async ({ a, b }) => {
      const rollout = await held(a, 3_500, ...handOver);
      const scaled = weightsOf(a);
      expect(scaled[2]).not.toBe(50);
      expect((await b.run('out', '10.0.0.2')).exitCode).toBe(0);
      expect(await b.marks()).toMatchObject([{ server: '10.0.0.2:80', weight: 50 }]);
      expect((await a.run('rollback', rollout)).exitCode).toBe(0);
      expect(weightsOf(a)).toEqual({ 1: 100, 2: 0, 3: 75 });
      expect((await b.run('in', '10.0.0.2')).exitCode).toBe(0);
      expect(weightsOf(a)).toEqual({ 1: 100, 2: 50, 3: 75 });
    }));

  it('has its own servers left alone by the maintenance of others', () =>
    withTwo(async ({ a, b }) => {
      const rollout = await held(a, 3_500, ...handOver);
      expect(refused(await b.run('out', '10.0.0.1'))).toContain(`is in rollout ${rollout}`);
    }));

  it('is not gone on with while a later one of another folder is held', () =>
    withTwo(async ({ folder, a, b }) => {
      const first = await held(a, 3_500, 'out', '10.0.0.2', '--drain-timeout', '1h');
      const second = await held(b, 3_500, ...handOver);
      const err = refused(await a.run('rollback', first));
      expect(err).toContain(`is in rollout ${second}`);
      expect(err).toContain(`drain resume ${second} --state ${folder}/b`);
      expect((await b.run('rollback', second)).exitCode).toBe(0);
      expect((await a.run('rollback', first)).exitCode).toBe(0);
      expect(weightsOf(a)).toEqual({ 1: 100, 2: 50, 3: 75 });
    }));
});

describe('a rollout whose state cannot be read from here', () => {
  it('stands, says whose it is and where, and is passed over only by who insists', () =>
    withTwo(async ({ folder, a, b, claims }) => {
      const rollout = await held(a, 3_500, ...handOver);
      const err = refused(await b.run(...another));
      expect(err).toContain(
        `is in rollout ${rollout} on ws1 of anna with the state in ${folder}/a, which is not known to be over`,
      );
      expect(err).toContain(`drain abandon ${rollout} --state ${folder}/a`);
      expect(err).toContain('insist with --force');
      expect(refused(await b.run('out', '10.0.0.2'))).toContain(rollout);
      const forced = await b.run(...another, '--force');
      expect(forced.exitCode, forced.err).toBe(0);
      expect(forced.err).toContain(rollout);
      expect(await claims()).toEqual([]);
    }, fromElsewhere));

  it('is known by its claim alone where this user may not look into the folder', () =>
    withTwo(async ({ folder, a, b }) => {
      const rollout = await held(a, 3_500, ...handOver);
      if (process.getuid?.() === 0) return;
      await chmod(join(folder, 'a'), 0o000);
      const err = refused(await b.run(...another));
      await chmod(join(folder, 'a'), 0o700);
      expect(err).toContain(`is in rollout ${rollout} with the state in ${folder}/a`);
    }));
});

describe('a server that an operator has out by one state folder', () => {
  it('is not filled by a rollout of another, but by one that insists', () =>
    withTwo(async ({ folder, a, b }) => {
      expect((await a.run('out', '10.0.0.2')).exitCode).toBe(0);
      const fill = ['--from', '10.0.0.1', '--to', '10.0.0.2', ...ramp];
      const err = refused(await b.run(...fill));
      expect(err).toContain('an operator has 10.0.0.2:80 out since');
      expect(err).toContain(`(with the state in ${folder}/a)`);
      expect(err).toContain(`drain in 10.0.0.2:80 --state ${folder}/a`);
      expect((await b.run(...fill, '--force')).exitCode).toBe(0);
    }));

  it('is brought in by that folder, and by another after that has taken it out too', () =>
    withTwo(async ({ folder, a, b, claims }) => {
      await a.run('out', '10.0.0.2');
      const err = refused(await b.run('in', '10.0.0.2'));
      expect(err).toContain(`drain in 10.0.0.2:80 --state ${folder}/a`);
      expect((await b.run('out', '10.0.0.2')).exitCode).toBe(0);
      expect(await b.marks()).toMatchObject([{ server: '10.0.0.2:80', weight: 50 }]);
      expect((await b.run('in', '10.0.0.2')).exitCode).toBe(0);
      expect(weightsOf(a)).toEqual({ 1: 100, 2: 50, 3: 75 });
      expect((await a.run('in', '10.0.0.2')).exitCode).toBe(0);
      expect(await claims()).toEqual([]);
    }));

  it('is free when its mark is gone with the folder', () =>
    withTwo(async ({ folder, a, b }) => {
      await a.run('out', '10.0.0.2');
      await rm(join(folder, 'a'), { recursive: true });
      expect((await b.run('in', '10.0.0.2', '--weight', '50')).exitCode).toBe(0);
    }));
});
