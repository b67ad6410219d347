import { describe, expect, it } from 'vitest';
import type { ListedService } from '../../../../src/control/list/listed-service.ts';
import { timeText } from '../../../../src/domain/time/time-text.ts';
import { createFlooredSite, type FlooredSite, webTable } from '../../../support/floored-site.ts';

const service = 'tcp/10.0.0.100:80';
const siteOf = (minServing: string, ...weights: readonly number[]): FlooredSite =>
  createFlooredSite(minServing, { table: webTable(weights) });

const weightsOf = (site: FlooredSite): readonly number[] =>
  [...site.table().matchAll(/^-a .* -w (\d+)/gm)].map(([, weight]) => Number(weight));

describe('drain out', () => {
  it('takes servers out down to the floor, and refuses the one below it with who is out and why', async () => {
    const site = siteOf('2', 100, 100, 100);
    expect((await site.run('out', '10.0.0.1')).exitCode).toBe(0);
    const [mark] = await site.marks();
    const { exitCode, err } = await site.run('out', '10.0.0.2');
    expect(exitCode).toBe(3);
    expect(err).toContain(
      'its floor is 2 of 3 servers (minServing: 2), and without 10.0.0.2:80 it would have 1 of 3 servers',
    );
    const since = timeText(mark?.sinceMs ?? 0);
    expect(err).toContain(
      `10.0.0.1:80 (an operator has it out, since ${since}, rollout ${mark?.rollout})`,
    );
    expect(err).toMatch(/bring one back first: drain in 10\.0\.0\.1:80 .*; or insist with --force/);
    expect(weightsOf(site)).toEqual([0, 100, 100]);
  });

  it('refuses a server that carries 80 % of a service that keeps 50 %', async () => {
    const site = siteOf('50%', 80, 10, 10);
    const { exitCode, err } = await site.run('out', '10.0.0.1');
    expect(exitCode).toBe(3);
    expect(err).toContain('it would have 20% of the weight');
    expect((await site.run('out', '10.0.0.2', '10.0.0.3')).exitCode).toBe(0);
    expect(weightsOf(site)).toEqual([80, 0, 0]);
  });

  it('goes below the floor with --force, and says what it passed over', async () => {
    const site = siteOf('2', 100, 100);
    const ran = await site.run('out', '10.0.0.1', '--force', '--output', 'json');
    expect(ran.exitCode).toBe(0);
    expect(ran.events).toContainEqual(
      expect.objectContaining({
        type: 'warning',
        code: 'below-floor',
        service,
        message: expect.stringContaining('passed over, as asked for with --force'),
      }),
    );
    expect(weightsOf(site)).toEqual([0, 100]);
  });

  it('says on a dry run what it would refuse', async () => {
    expect((await siteOf('100%', 100, 100).run('out', '10.0.0.1', '--dry-run')).exitCode).toBe(3);
  });

  it('waits for servers without weight however low the service is', async () => {
    const site = siteOf('2', 100, 100, 0);
    expect((await site.run('out', '10.0.0.3')).exitCode).toBe(0);
    await site.run('out', '10.0.0.1', '--force');
    expect((await site.run('out', '10.0.0.1')).exitCode).toBe(0);
  });

  it('holds one service to its own floor, and every other to that of all', async () => {
    const site = siteOf(`{all: 1, ${service}: 2}`, 100, 100);
    expect((await site.run('out', '10.0.0.1')).exitCode).toBe(3);
    site.configure('minServing: {all: 2, tcp/10.0.0.100:80: 1}');
    expect((await site.run('out', '10.0.0.1')).exitCode).toBe(0);
  });

  it('takes a ramp as far as the floor lets it only when all of it is allowed', async () => {
    const site = siteOf('60%', 100, 100);
    expect((await site.run('out', '10.0.0.1', '--over', '10s')).exitCode).toBe(3);
    expect(weightsOf(site)).toEqual([100, 100]);
  });

  it('brings servers in below any floor', async () => {
    const site = siteOf('2', 100, 100);
    await site.run('out', '10.0.0.1', '--force');
    site.configure('minServing: 100%');
    expect((await site.run('in', '10.0.0.1', '--over', '0s')).exitCode).toBe(0);
    expect(weightsOf(site)).toEqual([100, 100]);
  });
});

describe('drain around', () => {
  it('refuses a batch below the floor before the first server is touched', async () => {
    const site = siteOf('2', 100, 100, 100);
    const around = ['around', '10.0.0.1', '10.0.0.2', '--batch', '2'];
    const { exitCode, err } = await site.run(...around, '--', 'true');
    expect(exitCode).toBe(3);
    expect(err).toContain('without 10.0.0.1:80, 10.0.0.2:80 it would have 1 of 3 servers');
    expect(weightsOf(site)).toEqual([100, 100, 100]);
  });
});

describe('drain weight', () => {
  it('is refused where it leaves less than the floor, in servers or in weight', async () => {
    const quiesced = siteOf('2', 100, 100);
    expect((await quiesced.run('weight', '10.0.0.1=0')).exitCode).toBe(3);
    const lowered = siteOf('80%', 100, 100);
    const { exitCode, err } = await lowered.run('weight', '10.0.0.1=10');
    expect(exitCode).toBe(3);
    expect(err).toContain('it would have 55% of the weight');
    expect((await lowered.run('weight', '10.0.0.1=70')).exitCode).toBe(0);
    expect(weightsOf(lowered)).toEqual([70, 100]);
  });
});

describe('drain list', () => {
  const listed = async (site: FlooredSite): Promise<ListedService> =>
    JSON.parse((await site.run('list', '--output', 'json')).out);

  it('has the floor and how far the service is from it', async () => {
    const site = siteOf('50%', 80, 10, 10);
    expect((await listed(site)).minServing).toEqual({
      floor: '50%',
      unit: 'weight',
      serving: 100,
      of: 100,
      least: 50,
      spare: 50,
    });
    await site.run('out', '10.0.0.2', '10.0.0.3');
    expect((await listed(site)).minServing).toMatchObject({ serving: 80, of: 100, spare: 30 });
    const { out } = await site.run('list');
    expect(out).toContain(
      'minServing 50%: 80 of 100 weight in service, room for 30 above its floor of 50',
    );
  });

  it('has no floor where the config file has none', async () => {
    const site = siteOf('{udp/10.0.0.100:53: 1}', 100, 100);
    expect(await listed(site)).not.toHaveProperty('minServing');
  });
});
