import { describe, expect, it } from 'vitest';
import type { ServerKey, ServiceKey } from '../../../../src/domain/address.ts';
import type { MaintenanceMark } from '../../../../src/rollout/ports.ts';
import { createFlooredSite, type FlooredSite, webTable } from '../../../support/floored-site.ts';
import type { Ran } from '../../../support/maintained-site.ts';

const service = '10.0.0.100:80';
const mark: MaintenanceMark = {
  ...{ table: 'ipvsadm', service: `tcp/${service}` as ServiceKey, reason: 'health' },
  ...{ server: '10.0.0.2:80' as ServerKey, weight: 100, sinceMs: 0 },
};

/** A rollout of 10.0.0.1 to 10.0.0.9, held half-way, after which a guard takes 10.0.0.2 out. */
async function held(...more: readonly string[]): Promise<FlooredSite & { readonly id: string }> {
  const site = createFlooredSite('3', { table: webTable([100, 100, 100]) });
  const { clock } = site.simulation;
  site.stopAt(clock.nowMs() + 10_500, { signal: 'sigterm', again: false });
  const handOver = ['--from', '10.0.0.1', '--to', '10.0.0.9', '--over', '20s', '--every', '1s'];
  expect((await site.run(...handOver, ...more)).exitCode).toBe(143);
  const ids = await site.store.list();
  await site.store.marks.put(mark);
  setWeight(site, 0);
  return { ...site, id: ids.ok ? (ids.value[0] ?? '') : '' };
}

const setWeight = ({ simulation }: FlooredSite, weight: number): void => {
  simulation.ipvsadm(['-e', '-t', service, '-r', '10.0.0.2:80', '-m', '-w', `${weight}`]);
};
/** The weight that the server had beside the ramp. */
const scaled = (site: FlooredSite): number =>
  Number(/10\.0\.0\.3:80 -m -w (\d+)/.exec(site.table())?.[1]);
const locks = ({ store }: FlooredSite) => store.holder(`tcp/${service} on ipvsadm`);

describe('drain resume below the floor', () => {
  it('says why it waits, leaves the lock to the guard, and goes on when its way back has ended', async () => {
    const site = await held();
    const { clock } = site.simulation;
    const startMs = clock.nowMs();
    const moved: (string | undefined)[] = [];
    site.simulation.at(startMs + 20_000, () => setWeight(site, 1));
    // The guard's ramp: there is a server more, and it has its mark yet.
    site.simulation.at(startMs + 25_000, () => {
      moved.push(/10\.0\.0\.1:80 -m -w (\d+)/.exec(site.table())?.[1]);
      setWeight(site, scaled(site));
      void site.store.marks.remove(mark);
    });
    const before = /10\.0\.0\.1:80 -m -w (\d+)/.exec(site.table())?.[1];
    const { exitCode, err, events } = await site.run('resume', site.id);
    expect(err).toContain(
      `drain: rollout ${site.id} waits for floor tcp/10.0.0.100:80: it keeps 3 servers (minServing: 3), and this step would leave 2 of 3 servers; not serving: 10.0.0.2:80 (weight 0); it goes on by itself when there is room, or all the same with drain resume ${site.id} --force`,
    );
    expect(exitCode).toBe(0);
    expect(moved).toEqual([before]);
    const [resumed] = events.filter(({ type }) => type === 'continued');
    expect(Date.parse(resumed?.at ?? '') - startMs).toBeGreaterThanOrEqual(25_000);
    expect(site.table()).toContain('10.0.0.9:80 -m -w 100');
  });

  it('lets go when it is told to stop, and the rollout is as it was', async () => {
    const site = await held();
    const before = site.table();
    site.stopAt(site.simulation.clock.nowMs() + 5_000, { signal: 'sigint', again: false });
    const { exitCode, err } = await site.run('resume', site.id);
    expect(exitCode).toBe(130);
    expect(err).toContain('nothing was changed');
    expect(site.table()).toBe(before);
    expect(await locks(site)).toBeUndefined();
  });

  it('waits for nobody with --force, and a rollback waits for nobody', async () => {
    const forced = await held();
    const { exitCode, err } = await forced.run('resume', forced.id, '--force');
    expect([exitCode, err.includes('waits for')]).toEqual([0, false]);
    const back = await held();
    expect((await back.run('rollback', back.id)).exitCode).toBe(0);
    expect(back.table()).toContain('10.0.0.1:80 -m -w 100');
  });

  it('waits no longer for a rollout that has been rolled back meanwhile', async () => {
    const site = await held();
    let back: Promise<Ran> | undefined;
    site.simulation.at(site.simulation.clock.nowMs() + 5_000, () => {
      back = site.run('rollback', site.id);
    });
    const { exitCode, err } = await site.run('resume', site.id);
    expect(err).toMatch(/waits for floor/);
    expect((await back)?.exitCode).toBe(0);
    // By when it looks: the rollback runs, or is over.
    expect([2, 6]).toContain(exitCode);
  });
});
