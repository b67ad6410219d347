import { describe, expect, it } from 'vitest';
import type { DrainEvent } from '../../../../src/domain/events/event.ts';
import { createFlooredSite, type FlooredSite, webTable } from '../../../support/floored-site.ts';

const service = '10.0.0.100:80';
const siteOf = (minServing: string, ...weights: readonly number[]): FlooredSite =>
  createFlooredSite(minServing, { table: webTable(weights) });

/** Somebody takes 10.0.0.2 out by hand, that long after now, and brings it back with the weight that it had. */
const takenByHand = ({ simulation }: FlooredSite, afterMs: number, backMs?: number): void => {
  const nowMs = simulation.clock.nowMs();
  const set = (weight: string) =>
    simulation.ipvsadm(['-e', '-t', service, '-r', '10.0.0.2:80', '-m', '-w', weight]);
  simulation.at(nowMs + afterMs, () => {
    const listed = simulation.ipvsadm(['-Sn']);
    const before =
      listed.kind === 'exited' ? /10\.0\.0\.2:80 -m -w (\d+)/.exec(listed.stdout) : null;
    set('0');
    if (backMs !== undefined) simulation.at(nowMs + backMs, () => set(before?.[1] ?? ''));
  });
};

const handOver = (...more: readonly string[]) =>
  ['--from', '10.0.0.1', '--to', '10.0.0.9', '--over', '20s', '--every', '1s', ...more] as const;

const idsOf = async ({ store }: FlooredSite): Promise<readonly string[]> => {
  const ids = await store.list();
  return ids.ok ? ids.value : [];
};

const ends = (events: readonly DrainEvent[]) => events.find(({ type }) => type === 'finished');

describe('the start of a rollout', () => {
  it('is no loss where NEW takes what OLD gives, at a floor of everything', async () => {
    for (const floor of ['100%', '2']) {
      const site = siteOf(floor, 100, 100);
      const { exitCode, events } = await site.run(...handOver('--output', 'json'));
      expect([exitCode, ends(events)]).toMatchObject([0, { outcome: 'done' }]);
    }
  });

  it('is refused where it ends with fewer servers than the floor, and done with --force', async () => {
    const site = siteOf('2', 100, 100);
    const two = ['--from', '10.0.0.1,10.0.0.2', '--to', '10.0.0.9', '--over', '5s'];
    const { exitCode, err } = await site.run(...two);
    expect(exitCode).toBe(3);
    expect(err).toContain('without 10.0.0.1:80, 10.0.0.2:80 it would have 1 of 2 servers');
    expect((await site.run(...two, '--force')).exitCode).toBe(0);
  });

  it('is refused where it ends with less weight than the floor', async () => {
    const site = siteOf('80%', 100, 100);
    expect((await site.run(...handOver('--weight', '50'))).exitCode).toBe(3);
    expect((await site.run(...handOver('--weight', '60'))).exitCode).toBe(0);
  });

  it('is refused while an operator has so many out that the service is below its floor', async () => {
    const site = siteOf('2', 100, 100, 100);
    await site.run('out', '10.0.0.2', '10.0.0.3', '--force');
    const { exitCode, err } = await site.run(...handOver());
    expect(exitCode).toBe(3);
    expect(err).toContain('10.0.0.2:80 (an operator has it out, since');
    await site.run('in', '10.0.0.3', '--over', '0s');
    expect((await site.run(...handOver())).exitCode).toBe(0);
  });

  it('of a canary that stays is judged by the steps that it takes', async () => {
    const site = siteOf('80%', 100, 100);
    expect((await site.run(...handOver('--weight', '50', '--until', '25%'))).exitCode).toBe(0);
    const [rollout] = JSON.parse((await site.run('list', '--output', 'json')).out).rollouts;
    expect(rollout.state).toBe('held');
  });
});

describe('a step of a running rollout', () => {
  const steps = (events: readonly DrainEvent[]) =>
    events.flatMap((event) => (event.type === 'step-applied' ? [[event.step, event.at]] : []));
  const secondsIn = (events: readonly DrainEvent[], at: string | undefined): number =>
    Math.round((Date.parse(at ?? '') - Date.parse(events[0]?.at ?? '')) / 1_000);

  it.each(['3', '100%'])(
    'that would undercut a floor of %s, for somebody took a server, waits and goes on by itself',
    async (floor) => {
      const site = siteOf(floor, 100, 100, 100);
      takenByHand(site, 5_500, 35_500);
      const { exitCode, events } = await site.run(...handOver('--output', 'json'));
      expect([exitCode, ends(events)]).toMatchObject([0, { outcome: 'done' }]);
      const wait = events.findIndex(({ type }) => type === 'gate-waiting');
      expect(events[wait]).toMatchObject({
        gate: 'floor tcp/10.0.0.100:80',
        gateKind: 'floor',
        reason: 'capacity',
        detail: expect.stringContaining('10.0.0.2:80 (weight 0)'),
      });
      const [next] = steps(events.slice(wait));
      expect(secondsIn(events, String(next?.[1]))).toBeGreaterThanOrEqual(35);
    },
  );

  it('waits only where the floor is reached', async () => {
    const site = siteOf('2', 100, 100, 100);
    takenByHand(site, 5_500);
    const { exitCode, events } = await site.run(...handOver('--output', 'json'));
    expect(exitCode).toBe(0);
    expect(events.filter(({ type }) => type === 'gate-waiting')).toEqual([]);
  });

  it('that waits lets the rollout go back', async () => {
    const site = siteOf('3', 100, 100, 100);
    takenByHand(site, 5_500);
    site.stopAt(site.simulation.clock.nowMs() + 30_000, { signal: 'sigterm', again: false });
    expect((await site.run(...handOver())).exitCode).toBe(143);
    const [rollout = ''] = await idsOf(site);
    const { events } = await site.run('rollback', rollout, '--output', 'json');
    expect(ends(events)).toMatchObject({ outcome: 'rolled-back' });
    expect(site.table()).toContain('-r 10.0.0.1:80 -m -w 100');
  });

  it('waits for nobody where somebody insists', async () => {
    const site = siteOf('3', 100, 100, 100);
    takenByHand(site, 5_500);
    const { exitCode, events } = await site.run(...handOver('--output', 'json', '--force'));
    expect(exitCode).toBe(0);
    expect(events.filter(({ type }) => type === 'gate-waiting')).toEqual([]);
  });

  it('of a ramp out waits at the weight that the floor still lets go', async () => {
    const site = siteOf('50%', 100, 100, 100);
    takenByHand(site, 5_500, 30_500);
    const out = ['out', '10.0.0.1', '--over', '10s', '--every', '1s', '--output', 'json'];
    const { exitCode, events } = await site.run(...out);
    expect(exitCode).toBe(0);
    const wait = events.findIndex(({ type }) => type === 'gate-waiting');
    // 100 and half of 100 are half of 300.
    expect(events[wait]).toMatchObject({ type: 'gate-waiting', reason: 'capacity' });
    const [next] = steps(events.slice(wait));
    expect(secondsIn(events, String(next?.[1]))).toBeGreaterThanOrEqual(30);
  });
});
