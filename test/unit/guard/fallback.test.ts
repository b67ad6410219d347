import { describe, expect, it } from 'vitest';
import type { FallbackServer } from '../../../src/domain/health/fallback.ts';
import {
  configOf,
  createGuardLab,
  type GuardLab,
  key,
  startMs,
  web,
} from '../../support/simulated-guard.ts';
import { busyTraffic } from '../../support/web-traffic.ts';

const sorry: FallbackServer = { server: { address: '10.0.0.99', port: 80 } };
const fallback = [sorry];
const own = { [key(1)]: 100, [key(2)]: 100, [key(3)]: 100, [key(4)]: 100 };
const dead = { [key(1)]: 0, [key(2)]: 0, [key(3)]: 0, [key(4)]: 0 };
const claims = async ({ store }: GuardLab) => {
  const listed = await store.marks.fallbacks.list();
  if (!listed.ok) throw new Error(listed.failure.what);
  return listed.value;
};
const marked = async ({ store }: GuardLab) => {
  const listed = await store.marks.list();
  if (!listed.ok) throw new Error(listed.failure.what);
  return listed.value.map(({ server, weight }) => `${server} ${weight}`).sort();
};
/** Weights at these seconds. */
const watch = (lab: GuardLab, seconds: readonly number[]) => {
  const seen: Record<number, ReturnType<GuardLab['weights']>> = {};
  const at = Object.fromEntries(
    seconds.map((second) => [
      second,
      () => {
        seen[second] = lab.weights();
      },
    ]),
  );
  return { seen, at };
};

describe('a guard with a fallback', () => {
  it('adds it when all servers are dead, and takes those to 0 with their weights remembered', async () => {
    const lab = createGuardLab();
    lab.config = configOf({ fallback });
    await lab.guardUntil(40, { 20: () => lab.answer('1 2 3 4', 'bad') });
    expect(lab.weights()).toEqual({ ...dead, [key(99)]: 400 });
    expect(await claims(lab)).toMatchObject([
      { table: 'ipvsadm', service: web, servers: [key(99)] },
    ]);
    expect(await marked(lab)).toEqual([1, 2, 3, 4].map((n) => `${key(n)} 100`));
    const told = lab.story().filter((line) => /fallback|kept|alive/.test(line));
    expect(told).toEqual([expect.stringMatching(/fallback-in 10\.0\.0\.99:80 400$/)]);
  });

  it('never leaves the service without weight while it comes in and goes', async () => {
    const lab = createGuardLab();
    lab.config = configOf({ fallback });
    await lab.guardUntil(120, {
      20: () => lab.answer('1 2 3 4', 'bad'),
      60: () => lab.answer('1 2 3 4', 'ok'),
    });
    const batches = lab.calls
      .map((call) => call.split('\n').filter((line) => /^-[aed] /.test(line)))
      .filter((lines) => lines.some((line) => line.includes('10.0.0.99:80')));
    const words = (line: string): string =>
      line.replace(/^(-[aed]) .* -r (\S+).*?( -w \d+)?$/, '$1 $2$3');
    const [comes, leaves] = batches.map((lines) => lines.map(words));
    // What serves comes first in each batch, and what it stands in for goes to 0 after it.
    expect(comes?.[0]).toBe('-a 10.0.0.99:80 -w 400');
    expect(comes?.slice(1).sort()).toEqual([1, 2, 3, 4].map((n) => `-e ${key(n)} -w 0`));
    expect(leaves?.at(0)).toMatch(/^-e 10\.0\.0\.[1-4]:80 -w 1$/);
    expect(leaves?.at(-1)).toBe('-e 10.0.0.99:80 -w 0');
  });

  it('gives it weight 0 as soon as a server serves again, and removes it when it has been empty', async () => {
    const lab = createGuardLab();
    lab.config = configOf({ fallback });
    const { seen, at } = watch(lab, [66, 90]);
    await lab.guardUntil(120, {
      20: () => lab.answer('1 2 3 4', 'bad'),
      60: () => lab.answer('2', 'ok'),
      ...at,
    });
    expect(seen[66]).toMatchObject({ [key(1)]: 0, [key(99)]: 0 });
    expect(seen[66]?.[key(2)]).toBeGreaterThan(0);
    expect(seen[90]).not.toHaveProperty([key(99)]);
    expect(lab.weights()).toEqual({ ...dead, [key(2)]: 100 });
    expect(await claims(lab)).toEqual([]);
    expect(
      lab
        .story()
        .filter((line) => line.includes('fallback'))
        .map((line) => line.slice(5)),
    ).toEqual([
      'fallback-in 10.0.0.99:80 400',
      'fallback-leaving 10.0.0.99:80 0',
      'fallback-removed 10.0.0.99:80',
    ]);
  });

  it('keeps it in the table while it has connections, and then removes it', async () => {
    const lab = createGuardLab({
      traffic: [
        {
          ...busyTraffic,
          perSecond: 2,
          longLived: { share: 1, lifeMs: 80_000 },
        },
      ],
    });
    lab.config = configOf({ fallback, rampUpMs: 0 });
    const { seen, at } = watch(lab, [90]);
    await lab.guardUntil(400, {
      20: () => lab.answer('1 2 3 4', 'bad'),
      60: () => lab.answer('1 2 3 4', 'ok'),
      ...at,
    });
    const leaving = lab.events.find(({ type }) => type === 'fallback-leaving');
    expect(leaving).toMatchObject({ connections: expect.any(Number) });
    expect(Number(leaving && 'connections' in leaving && leaving.connections)).toBeGreaterThan(10);
    expect(seen[90]).toEqual({ ...own, [key(99)]: 0 });
    expect(lab.weights()).toEqual(own);
  });

  it('comes in again from weight 0 when all die while it leaves', async () => {
    const lab = createGuardLab();
    lab.config = configOf({ fallback, rampUpMs: 0 });
    await lab.guardUntil(90, {
      20: () => lab.answer('1 2 3 4', 'bad'),
      40: () => lab.answer('1', 'ok'),
      44: () => lab.answer('1', 'bad'),
    });
    expect(lab.weights()).toEqual({ ...dead, [key(99)]: 400 });
  });

  it('has the weight and the forwarding of the file', async () => {
    const lab = createGuardLab();
    lab.config = configOf({
      fallback: [
        { ...sorry, weight: 7, forwarding: 'tunnel' },
        { server: { address: '10.0.0.98' } },
      ],
    });
    await lab.guardUntil(40, { 20: () => lab.answer('1 2 3 4', 'bad') });
    expect(lab.weights()).toEqual({ ...dead, [key(98)]: 400, [key(99)]: 7 });
    expect(lab.calls.join('')).toMatch(/-a .*10\.0\.0\.99:80 -i/);
  });

  it('is neither asked nor counted among the servers of the service', async () => {
    const lab = createGuardLab();
    lab.config = configOf({ fallback });
    lab.answer('99', 'bad');
    await lab.guardUntil(60, { 20: () => lab.answer('1 2 3 4', 'bad') });
    expect(
      lab.story().filter((line) => line.includes('server-down') && line.includes('.99')),
    ).toEqual([]);
    expect(lab.weights()[key(99)]).toBe(400);
  });

  it('stays when the guard ends, and the next guard takes it out', async () => {
    const lab = createGuardLab();
    lab.config = configOf({ fallback });
    await lab.guardUntil(40, { 20: () => lab.answer('1 2 3 4', 'bad') });
    await lab.guardUntil(60);
    expect(lab.weights()).toEqual({ ...dead, [key(99)]: 400 });
    lab.answer('1 2 3 4', 'ok');
    await lab.guardUntil(140);
    expect(lab.weights()).toEqual(own);
    expect(await claims(lab)).toEqual([]);
  });

  it('is added by the guard that comes after one that died between its claim and its edit', async () => {
    const lab = createGuardLab();
    lab.config = configOf({ fallback });
    await lab.store.marks.fallbacks.put({
      ...{ table: 'ipvsadm', service: web, servers: [key(99)], sinceMs: startMs },
    });
    lab.answer('1 2 3 4', 'bad');
    await lab.guardUntil(40);
    expect(lab.weights()).toEqual({ ...dead, [key(99)]: 400 });
  });

  it('is left alone where an operator has it out, and then weights are kept as without one', async () => {
    const lab = createGuardLab();
    lab.config = configOf({ fallback });
    await lab.store.marks.put(lab.mark({ server: key(99), reason: 'operator', weight: 1 }));
    await lab.guardUntil(60, { 20: () => lab.answer('1 2 3 4', 'bad') });
    expect(lab.weights()).toEqual(own);
    expect(lab.story().join('\n')).toContain('kept everything-looks-dead');
  });

  it('does not come in for a server that a person has put to 0 and that answers', async () => {
    const lab = createGuardLab();
    lab.config = configOf({ fallback });
    await lab.guardUntil(60, {
      10: () => lab.setWeight(key(4), 0),
      20: () => lab.answer('1 2 3', 'bad'),
    });
    expect(lab.weights()).toMatchObject({
      [key(1)]: 0,
      [key(4)]: 0,
      [key(99)]: expect.any(Number),
    });
  });

  it('waits while a rollout has the service, and comes in when that is over', async () => {
    const lab = createGuardLab();
    lab.config = configOf({ fallback });
    const { seen, at } = watch(lab, [50]);
    await lab.guardUntil(80, {
      10: () => lab.holdBy('rollout-1'),
      20: () => lab.answer('1 2 3 4', 'bad'),
      55: () => lab.holdBy(undefined),
      ...at,
    });
    expect(seen[50]).toEqual(own);
    expect(lab.weights()).toEqual({ ...dead, [key(99)]: 400 });
  });

  it('is a server like the others where the service has it already, and a warning says so', async () => {
    const lab = createGuardLab();
    lab.config = configOf({ fallback: [{ server: { address: '10.0.0.4' } }] });
    await lab.guardUntil(60, { 20: () => lab.answer('1 2 3 4', 'bad') });
    expect(lab.weights()).toEqual(own);
    expect(lab.story().filter((line) => line.includes('own-fallback'))).toHaveLength(1);
  });

  it('counts for the floor as what serves, and stays until the service keeps it by itself', async () => {
    const lab = createGuardLab();
    lab.config = configOf({ fallback, floor: { kind: 'percent', percent: 50 }, rampUpMs: 0 });
    const { seen, at } = watch(lab, [40, 70]);
    await lab.guardUntil(120, {
      20: () => lab.answer('1 2 3 4', 'bad'),
      50: () => lab.answer('1', 'ok'),
      75: () => lab.answer('2', 'ok'),
      ...at,
    });
    expect(seen[40]).toEqual({ ...dead, [key(99)]: 400 });
    expect(seen[70]).toEqual({ ...dead, [key(1)]: 100, [key(99)]: 400 });
    expect(lab.weights()).toEqual({ ...dead, [key(1)]: 100, [key(2)]: 100 });
  });

  it('is one server for a floor of two, so that one that is dead stays beside it', async () => {
    const lab = createGuardLab();
    lab.config = configOf({ fallback, floor: { kind: 'count', count: 2 } });
    await lab.guardUntil(60, { 20: () => lab.answer('1 2 3 4', 'bad') });
    const serving = Object.values(lab.weights()).filter((weight) => weight > 0);
    expect(serving).toEqual([100, 400].sort());
  });

  it('gives way to the one that a file names instead, and leaves with the last of the file', async () => {
    const lab = createGuardLab();
    lab.config = configOf({ fallback });
    const { seen, at } = watch(lab, [70, 90]);
    await lab.guardUntil(150, {
      20: () => lab.answer('1 2 3 4', 'bad'),
      50: () => {
        lab.config = configOf({ fallback: [{ server: { address: '10.0.0.98' } }] });
        lab.reload();
      },
      75: () => {
        lab.config = configOf();
        lab.reload();
      },
      100: () => lab.answer('1 2 3 4', 'ok'),
      ...at,
    });
    expect(seen[70]).toEqual({ ...dead, [key(98)]: 400 });
    expect(seen[90]).toEqual({ ...dead, [key(98)]: 400 });
    expect(lab.weights()).toEqual(own);
  });
});
