import { describe, expect, it } from 'vitest';
import type { ServerKey, ServiceKey } from '../../../src/domain/address.ts';
import type { MaintenanceMark } from '../../../src/rollout/ports.ts';
import { createSite, type Ran, type Site } from '../../support/maintained-site.ts';
import { execute } from '../../support/simulated-ipvs.ts';

const tcp = 'tcp/10.0.0.100:80' as ServiceKey;
const table = `-A -t 10.0.0.100:80 -s wrr
-a -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 100
-a -t 10.0.0.100:80 -r 10.0.0.2:80 -m -w 25
-a -t 10.0.0.100:80 -r 10.0.0.3:80 -m -w 25
`;
const mark = (
  address: string,
  reason: MaintenanceMark['reason'],
  weight = 100,
): MaintenanceMark => ({
  ...{ table: 'ipvsadm', service: tcp, server: `${address}:80` as ServerKey, reason },
  ...{ weight, sinceMs: 1 },
});
const handOver = (to: string): readonly string[] => [
  ...['--from', '10.0.0.2', '--to', to, '--over', '0s', '--settle', '1s'],
];
const warningsOf = ({ events }: Ran) =>
  events.flatMap((event) => (event.type === 'warning' ? [event.code] : []));
const weightOf = (site: Site, address: string): string | undefined =>
  new RegExp(`-r ${address}:80 -m -w (\\d+)`).exec(site.table())?.[1];
const zeroed = table.replace('-w 100', '-w 0');

describe('a rollout to a server that is out', () => {
  it('is refused with 6 where an operator has it out, in the plan as well; --force says what it passes', async () => {
    const site = createSite({ seed: 1, table });
    await site.run('out', '10.0.0.1');
    const before = site.table();
    for (const command of [[], ['plan']]) {
      const refused = await site.run(...command, ...handOver('10.0.0.1'));
      expect(refused.exitCode).toBe(6);
      expect(refused.err).toMatch(/an operator has 10\.0\.0\.1:80 out since \d{4}-/);
      expect(refused.err).toContain('drain in 10.0.0.1:80, or insist with --force');
    }
    expect(site.table()).toBe(before);
    const forced = await site.run(...handOver('10.0.0.1'), '--force');
    expect(forced.exitCode, forced.err).toBe(0);
    expect(warningsOf(forced)).toContain('server-out');
    expect(weightOf(site, '10.0.0.1')).toBe('25');
    // It is in service: the mark has ended, and a guard may take its weight again.
    expect(await site.marks()).toEqual([]);
  });

  it('is refused with 6 where a guard keeps it out', async () => {
    const site = createSite({ seed: 1, table: zeroed });
    await site.store.marks.put(mark('10.0.0.1', 'health'));
    const refused = await site.run(...handOver('10.0.0.1'));
    expect(refused.exitCode).toBe(6);
    expect(refused.err).toMatch(/drain guard keeps 10\.0\.0\.1:80 out since 1970-/);
    expect((await site.run(...handOver('10.0.0.1'), '--force')).exitCode).toBe(0);
    expect(await site.marks()).toEqual([]);
  });

  it('is none where somebody has given it weight, or where its namesake has left the table', async () => {
    const served = createSite({ seed: 1, table });
    await served.store.marks.put(mark('10.0.0.1', 'operator'));
    expect((await served.run(...handOver('10.0.0.1'))).exitCode).toBe(0);
    expect(await served.marks()).toEqual([]);

    const gone = createSite({ seed: 1, table: zeroed });
    for (const reason of ['operator', 'health'] as const) {
      await gone.store.marks.put(mark('10.0.0.1', reason));
    }
    execute(gone.simulation, '-d -t 10.0.0.100:80 -r 10.0.0.1:80');
    expect((await gone.run(...handOver('10.0.0.1'))).exitCode).toBe(0);
    expect(weightOf(gone, '10.0.0.1')).toBe('25');
    expect(await gone.marks()).toEqual([]);
  });

  it('takes the marks of a server that it removes along, and leaves those of others', async () => {
    const site = createSite({ seed: 1, table });
    await site.store.marks.put(mark('10.0.0.2', 'health', 25));
    await site.store.marks.put(mark('10.0.0.3', 'operator'));
    expect((await site.run(...handOver('10.0.0.1'))).exitCode).toBe(0);
    expect(await site.marks()).toEqual([mark('10.0.0.3', 'operator')]);
    const kept = createSite({ seed: 1, table });
    await kept.store.marks.put(mark('10.0.0.2', 'health', 25));
    expect((await kept.run(...handOver('10.0.0.1'), '--keep')).exitCode).toBe(0);
    expect(await kept.marks()).toEqual([mark('10.0.0.2', 'health', 25)]);
  });
});
