import { describe, expect, it } from 'vitest';
import { createSite, type Site } from '../../support/maintained-site.ts';

const service = '-t 10.0.0.100:80';
const site = (): Site =>
  createSite({
    seed: 1,
    table: `-A ${service} -s wrr
-a ${service} -r 10.0.0.1:80 -m -w 100
-a ${service} -r 10.0.0.2:80 -m -w 100
`,
  });

/** Weights by the last number of each server. */
const weightsOf = (one: Site): Readonly<Record<string, number>> =>
  Object.fromEntries(
    [...one.table().matchAll(/-r 10\.0\.0\.(\d+):80 -m -w (\d+)/g)].map(([, n, weight]) => [
      n,
      Number(weight),
    ]),
  );

const handOver = ['--from', '10.0.0.1', '--to', '10.0.0.4', '--over', '20s', '--settle', '1s'];

/** A canary at so much; returns its id. */
async function canary(one: Site, until = '10%'): Promise<string> {
  const { exitCode, events } = await one.run(...handOver, '--until', until, '--output', 'json');
  expect(exitCode).toBe(0);
  expect(events.at(-1)).toMatchObject({ type: 'finished', outcome: 'done', exitCode: 0 });
  return events[0]?.rollout ?? '';
}

describe('a canary that stays', () => {
  it('has its service: another rollout there is refused, and says how to go on or back', async () => {
    const one = site();
    const id = await canary(one);
    expect(weightsOf(one)).toEqual({ 1: 90, 2: 100, 4: 10 });
    const refused = await one.run('--from', '10.0.0.2', '--to', '10.0.0.5', '--over', '0s');
    expect(refused.exitCode).toBe(6);
    expect(refused.err).toContain(`drain resume ${id}`);
    expect(refused.err).toContain(`drain rollback ${id}`);
  });

  it('lets a bystander go out and come back to its weight', async () => {
    const one = site();
    const id = await canary(one);
    expect((await one.run('out', '10.0.0.2')).exitCode).toBe(0);
    expect((await one.run('in', '10.0.0.2', '--over', '0s')).exitCode).toBe(0);
    expect(weightsOf(one)).toEqual({ 1: 90, 2: 100, 4: 10 });
    expect((await one.run('promote', id)).exitCode).toBe(0);
    expect(weightsOf(one)).toEqual({ 2: 100, 4: 100 });
  });

  it('goes further, and then all the way; behind its ramp nothing is left to promote', async () => {
    const one = site();
    const id = await canary(one);
    expect((await one.run('resume', id, '--until', '42%')).exitCode).toBe(0);
    expect(weightsOf(one)).toEqual({ 1: 58, 2: 100, 4: 42 });
    const less = await one.run('resume', id, '--until', '20%');
    expect(less.exitCode).toBe(2);
    expect(less.err).toContain('has moved 42 % already');
    expect((await one.run('resume', id)).exitCode).toBe(0);
    expect(weightsOf(one)).toEqual({ 2: 100, 4: 100 });
    expect((await one.run('promote', id)).exitCode).toBe(2);
  });

  it('goes back', async () => {
    const one = site();
    const id = await canary(one);
    expect((await one.run('rollback', id)).exitCode).toBe(0);
    expect(weightsOf(one)).toEqual({ 1: 100, 2: 100 });
  });

  it.each(['0%', '101%', 'half'])('is none at %s', async (until) => {
    const one = site();
    expect((await one.run(...handOver, '--until', until)).exitCode).toBe(2);
    expect(weightsOf(one)).toEqual({ 1: 100, 2: 100 });
  });
});
