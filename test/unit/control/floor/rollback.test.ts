import { describe, expect, it } from 'vitest';
import { createFlooredSite, type FlooredSite, webTable } from '../../../support/floored-site.ts';

const siteOf = (minServing: string, ...weights: readonly number[]): FlooredSite =>
  createFlooredSite(minServing, { table: webTable(weights) });
const takeByHand = ({ simulation }: FlooredSite, server: string): void => {
  simulation.ipvsadm(['-e', '-t', '10.0.0.100:80', '-r', `${server}:80`, '-m', '-w', '0']);
};
const newest = async ({ store }: FlooredSite): Promise<string> => {
  const ids = await store.list();
  return ids.ok ? ([...ids.value].sort().at(-1) ?? '') : '';
};

describe('a rollback', () => {
  it('of servers that were added is refused where the service needs them by now, but for --force', async () => {
    const site = siteOf('2', 100, 100);
    const add = ['add', '10.0.0.9', '--service', 'tcp/10.0.0.100:80', '--over', '0s'];
    expect((await site.run(...add)).exitCode).toBe(0);
    takeByHand(site, '10.0.0.2');
    const [id, before] = [await newest(site), site.table()];
    const { exitCode, err } = await site.run('rollback', id);
    expect(exitCode).toBe(3);
    expect(err).toContain(
      'the way back would take tcp/10.0.0.100:80 on local below its floor: it keeps 2 servers (minServing: 2), and without 10.0.0.9:80 it would have 1 of 2 servers; not serving: 10.0.0.2:80 (weight 0); nothing was changed',
    );
    expect(err).toContain(`drain rollback ${id} --force`);
    expect(site.table()).toBe(before);
    expect((await site.run('rollback', id, '--force')).exitCode).toBe(0);
    expect(site.table()).not.toContain('10.0.0.9');
  });

  it('of a server that was brought in is refused where the service needs it by now', async () => {
    const site = siteOf('2', 100, 100, 100);
    await site.run('out', '10.0.0.1', '--over', '0s');
    expect((await site.run('in', '10.0.0.1', '--over', '0s')).exitCode).toBe(0);
    takeByHand(site, '10.0.0.2');
    const id = await newest(site);
    const { exitCode, err } = await site.run('rollback', id);
    expect(exitCode).toBe(3);
    expect(err).toContain('without 10.0.0.1:80 it would have 1 of 3 servers');
    expect((await site.run('rollback', id, '--force')).exitCode).toBe(0);
    expect(site.table()).toContain('10.0.0.1:80 -m -w 0');
  });

  it('that makes nothing worse goes ahead below the floor', async () => {
    const site = siteOf('3', 100, 100, 100);
    await site.run('--from', '10.0.0.1', '--to', '10.0.0.9', '--over', '0s');
    takeByHand(site, '10.0.0.2');
    expect((await site.run('rollback', await newest(site))).exitCode).toBe(0);
    expect(site.table()).toContain('10.0.0.1:80 -m -w 100');
    const out = siteOf('2', 100, 100, 100);
    await out.run('out', '10.0.0.1', '--over', '0s');
    takeByHand(out, '10.0.0.2');
    expect((await out.run('rollback', await newest(out))).exitCode).toBe(0);
    expect(out.table()).toContain('10.0.0.1:80 -m -w 100');
  });

  it('that leaves enough goes ahead', async () => {
    const site = siteOf('2', 100, 100, 100);
    await site.run('add', '10.0.0.9', '--service', 'tcp/10.0.0.100:80', '--over', '0s');
    takeByHand(site, '10.0.0.2');
    expect((await site.run('rollback', await newest(site))).exitCode).toBe(0);
  });
});
