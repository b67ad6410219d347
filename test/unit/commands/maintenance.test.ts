import { describe, expect, it } from 'vitest';
import type { ServerKey, ServiceKey } from '../../../src/domain/address.ts';
import { ok } from '../../../src/domain/failure.ts';
import type { MaintenanceMark } from '../../../src/rollout/ports.ts';
import { createSite, type Ran, type Site } from '../../support/maintained-site.ts';
import { connect, execute } from '../../support/simulated-ipvs.ts';
import { busyTraffic } from '../../support/web-traffic.ts';

const tcp = 'tcp/10.0.0.100:80' as ServiceKey;
const udp = 'udp/10.0.0.100:53' as ServiceKey;
const table = `-A -t 10.0.0.100:80 -s wrr
-a -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 100
-a -t 10.0.0.100:80 -r 10.0.0.2:80 -m -w 25
-A -u 10.0.0.100:53 -s wrr
-a -u 10.0.0.100:53 -r 10.0.0.1:53 -m -w 3
-a -u 10.0.0.100:53 -r 10.0.0.3:53 -m -w 4
`;
const busySite = (more: Partial<Parameters<typeof createSite>[0]> = {}): Site =>
  createSite({ seed: 3, table, traffic: [busyTraffic], warmUpMs: 10_000, ...more });

const server = (port: number): ServerKey => `10.0.0.1:${port}` as ServerKey;
const healthMark = (weight: number): MaintenanceMark => ({
  ...{ table: 'ipvsadm', service: tcp, server: server(80), reason: 'health' },
  ...{ weight, sinceMs: 1 },
});
const weightOf = (site: Site, address: string): readonly number[] =>
  [...site.table().matchAll(new RegExp(`-r ${address}:\\d+ -m -w (\\d+)`, 'g'))].map(([, weight]) =>
    Number(weight),
  );
const expectNobodyHurt = ({ simulation }: Site): void => {
  const { refused, reset, hung } = simulation.statistics;
  expect({ refused, reset, hung }).toEqual({ refused: 0, reset: 0, hung: 0 });
};
const stepsIn = ({ events }: Ran, service: string) =>
  events.flatMap((event) =>
    event.type === 'step-applied' && event.service === service ? [event.weights] : [],
  );

describe('drain out', () => {
  it('quiesces a server in every service that holds it, waits, keeps it and remembers its weights', async () => {
    const site = busySite();
    const run = await site.run('out', '10.0.0.1');
    expect(run).toMatchObject({ exitCode: 0, err: '' });
    expect(weightOf(site, '10.0.0.1')).toEqual([0, 0]);
    expect(weightOf(site, '10.0.0.[23]')).toEqual([25, 4]);
    expect(await site.marks()).toMatchObject([
      { service: tcp, server: server(80), reason: 'operator', weight: 100, table: 'ipvsadm' },
      { service: udp, server: server(53), reason: 'operator', weight: 3 },
    ]);
    expect(run.events.filter(({ type }) => type === 'drained')).toHaveLength(2);
    expect(run.events.some(({ type }) => type === 'removed')).toBe(false);
    expect(run.events.at(-1)).toMatchObject({
      message: '10.0.0.1:80, 10.0.0.1:53 drained and kept at weight 0, out of service',
    });
    expectNobodyHurt(site);
  });

  it('called a second and a third time is harmless, and keeps the weight that is remembered', async () => {
    const site = busySite();
    await site.run('out', '10.0.0.1');
    const marks = await site.marks();
    const after = site.table();
    for (const _ of [2, 3]) {
      const again = await site.run('out', '10.0.0.1', '--over', '10m');
      expect(again).toMatchObject({ exitCode: 0, err: '' });
      // There is no ramp to walk any more.
      expect(again.events[0]).toMatchObject({ type: 'planned', overMs: 0 });
      expect(again.events.filter(({ type }) => type === 'warning')).toEqual([]);
    }
    expect(site.table()).toBe(after);
    expect((await site.marks()).map(({ rollout: _, ...mark }) => mark)).toEqual(
      marks.map(({ rollout: _, ...mark }) => mark),
    );
  });

  it('with --over ramps down on a finer scale, and ends on the scale from before', async () => {
    const site = busySite({ table: table.replace('-w 100', '-w 4').replace('-w 25', '-w 4') });
    const run = await site.run('out', '10.0.0.1:80', '--over', '20s', '--every', '2s');
    expect(run.exitCode).toBe(0);
    const steps = stepsIn(run, tcp);
    const shares = steps.map((weights) => {
      const own = weights[server(80)] ?? -1;
      return own / (own + (weights['10.0.0.2:80'] ?? 0));
    });
    expect(new Set(shares).size).toBe(11);
    expect(shares).toEqual([...shares].sort((a, b) => b - a));
    expect(shares[0]).toBe(0.5);
    expect(steps.at(-1)).toEqual({ [server(80)]: 0, '10.0.0.2:80': 4 });
    // The other port is another server.
    expect(weightOf(site, '10.0.0.1')).toEqual([0, 3]);
    expectNobodyHurt(site);
  });

  it('refuses to leave a service without weight, and does it with --force', async () => {
    const site = busySite();
    const before = site.table();
    const refused = await site.run('out', '10.0.0.1,10.0.0.2');
    expect(refused.exitCode).toBe(3);
    expect(refused.err).toContain('--force');
    expect(site.table()).toBe(before);
    expect(await site.marks()).toEqual([]);
    const forced = await site.run('out', '10.0.0.1', '10.0.0.2', '--force');
    expect(forced.exitCode).toBe(0);
    expect(weightOf(site, '10.0.0.[12]')).toEqual([0, 0, 0]);
    // Without weight already: nothing is lost by saying it again, and nothing need be forced.
    expect((await site.run('out', '10.0.0.1', '10.0.0.2')).exitCode).toBe(0);
    expect((await site.run('in', '10.0.0.1,10.0.0.2')).exitCode).toBe(0);
    expect(site.table()).toBe(before);
  });

  it('refuses a hashing scheduler that would refuse clients, and takes any other', async () => {
    const hashing = busySite({ table: table.replace('-s wrr', '-s mh') });
    const refused = await hashing.run('out', '10.0.0.1');
    expect(refused).toMatchObject({ exitCode: 3 });
    expect(refused.err).toContain('mh-fallback');
    expect(refused.err).not.toContain('--set-scheduler');
    const simple = busySite({ table: table.replaceAll('-s wrr', '-s rr') });
    const run = await simple.run('out', '10.0.0.1');
    expect(run).toMatchObject({ exitCode: 0, err: '' });
    expect(run.events.filter(({ type }) => type === 'warning')).toEqual([]);
    expect((await simple.run('in', '10.0.0.1', '--over', '0s')).exitCode).toBe(0);
  });

  it('holds with exit code 4 at the deadline, and goes on waiting when it is called again', async () => {
    const site = createSite({ seed: 1, table });
    const open = connect(site.simulation, 5_000);
    const other = connect(site.simulation, 5_001);
    const from = [open, other].find(({ server: { address } }) => address.endsWith('.1'));
    if (!from) throw new Error('no connection on 10.0.0.1');
    const first = await site.run('out', '10.0.0.1', '--drain-timeout', '20s');
    expect(first.exitCode).toBe(4);
    expect(weightOf(site, '10.0.0.1')).toEqual([0, 0]);
    site.simulation.kernel.connections.fromClient(from, 'rst');
    const second = await site.run('out', '10.0.0.1');
    expect(second).toMatchObject({ exitCode: 0, err: '' });
    expect((await site.marks()).map(({ weight }) => weight)).toEqual([100, 3]);
    expect((await site.run('status')).out).toContain('\nno rollout is running or held in memory\n');
  });

  it('with --on-timeout rollback brings the weights back and forgets them', async () => {
    const site = createSite({ seed: 1, table });
    connect(site.simulation, 5_000);
    connect(site.simulation, 5_001);
    const before = site.table();
    const run = await site.run(
      ...['out', '10.0.0.1', '--drain-timeout', '20s', '--on-timeout', 'rollback'],
    );
    expect(run.exitCode).toBe(4);
    expect(site.table()).toBe(before);
    expect(await site.marks()).toEqual([]);
  });

  it('of a server at weight 0 says that nothing is known to come back to', async () => {
    const site = busySite({ table: table.replace('-w 100', '-w 0') });
    const run = await site.run('out', '10.0.0.1:80');
    expect(run.exitCode).toBe(0);
    expect(run.events.filter(({ type }) => type === 'warning')).toMatchObject([
      { code: 'weight-unknown' },
    ]);
    expect(await site.marks()).toMatchObject([{ weight: 0 }]);
    const refused = await site.run('in', '10.0.0.1:80');
    expect(refused.exitCode).toBe(2);
    expect(refused.err).toContain('--weight N');
    expect((await site.run('in', '10.0.0.1:80', '--weight', '70')).exitCode).toBe(0);
    expect(weightOf(site, '10.0.0.1')).toEqual([70, 3]);
    expect(await site.marks()).toEqual([]);
  });

  it.each([
    [['out', '10.0.0.9'], 2, 'real server of no virtual service'],
    [['out', '10.0.0.1', '--service', 'tcp/10.0.0.9:80'], 2, 'no virtual service tcp/10.0.0.9:80'],
    [['out', '10.0.0.3', '--service', tcp], 2, `real server of none of ${tcp}`],
    [['out', '10.0.0.1', '--on-timeout', 'remove'], 2, 'removes no server'],
    [['out', '10.0.0.1,'], 2, 'empty'],
    [['in', '10.0.0.9'], 2, 'real server of no virtual service'],
    [['in', '10.0.0.1', '--check-timeout', 'soon'], 2, '--check-timeout'],
  ] as const)('%j is refused', async (args, exitCode, says) => {
    const site = busySite();
    const run = await site.run(...args);
    expect(run.exitCode).toBe(exitCode);
    expect(run.err).toContain(says);
    expect(await site.marks()).toEqual([]);
  });
});

describe('drain in', () => {
  it('brings the weights back as a ramp of 30s, exactly, and forgets them', async () => {
    const site = busySite();
    const before = site.table();
    await site.run('out', '10.0.0.1');
    const run = await site.run('in', '10.0.0.1');
    expect(run).toMatchObject({ exitCode: 0, err: '' });
    expect(run.events[0]).toMatchObject({ overMs: 30_000, from: [], to: [server(80), server(53)] });
    const shares = stepsIn(run, tcp).map(
      (weights) => (weights[server(80)] ?? -1) / (weights['10.0.0.2:80'] ?? 0),
    );
    expect(shares).toHaveLength(31);
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    expect(new Set(shares).size).toBeGreaterThan(10);
    expect(site.table()).toBe(before);
    expect(await site.marks()).toEqual([]);
    expect(run.events.at(-1)).toMatchObject({
      message: '10.0.0.1:80, 10.0.0.1:53 are in service again, with their full weight',
    });
    expectNobodyHurt(site);
    const again = await site.run('in', '10.0.0.1');
    expect(again).toMatchObject({ exitCode: 0, err: '', events: [] });
    expect(again.out).toContain(`10.0.0.1:80 is in service, with weight 100 (${tcp})`);
  });

  it('with --over 0s does it in one step', async () => {
    const site = busySite();
    const before = site.table();
    await site.run('out', '10.0.0.1');
    const run = await site.run('in', '10.0.0.1', '--over', '0s');
    expect(stepsIn(run, tcp)).toHaveLength(2);
    expect(site.table()).toBe(before);
  });

  it('leaves a server out that its health keeps out, and hands its weight to that', async () => {
    const site = busySite();
    await site.run('out', '10.0.0.1:80');
    await site.store.marks.put(healthMark(0));
    const run = await site.run('in', '10.0.0.1:80');
    expect(run).toMatchObject({ exitCode: 5, out: '' });
    expect(run.err).toMatch(
      /^drain: 10\.0\.0\.1:80 is kept out by drain guard since [^:]+:\d\d UTC: its health check fails; the guard brings it back when it passes \(tcp/,
    );
    expect(weightOf(site, '10.0.0.1')).toEqual([0, 3]);
    expect(await site.marks()).toEqual([healthMark(100)]);
    const json = await site.run('in', '10.0.0.1:80', '--output', 'json');
    expect(json.exitCode).toBe(5);
    const said = { type: 'finished', outcome: 'refused', exitCode: 5 };
    expect(JSON.parse(json.out)).toMatchObject(said);
  });

  it('brings back what it can, and ends with 5 where health keeps others out', async () => {
    const site = busySite();
    await site.run('out', '10.0.0.1');
    await site.store.marks.put(healthMark(0));
    const run = await site.run('in', '10.0.0.1', '--over', '0s');
    expect(run.exitCode).toBe(5);
    expect(weightOf(site, '10.0.0.1')).toEqual([0, 3]);
    expect(run.events.filter(({ type }) => type === 'warning')).toMatchObject([
      { code: 'rests-unhealthy' },
    ]);
  });

  it('refuses a weight for a server in service, unless it has that weight', async () => {
    const site = busySite();
    const before = site.table();
    const refused = await site.run('in', '10.0.0.1:80', '--weight', '70');
    expect(refused.exitCode).toBe(2);
    expect(refused.err).toContain('10.0.0.1:80 is in service with weight 100');
    const commands = /drain (out .*), then drain (in .*)/.exec(refused.err)?.slice(1) ?? [];
    expect(commands).toHaveLength(2);
    expect(site.table()).toBe(before);
    expect((await site.run('in', '10.0.0.1:80', '--weight', '100')).exitCode).toBe(0);
    for (const command of commands) {
      expect((await site.run(...command.split(' '))).exitCode, command).toBe(0);
    }
    expect(weightOf(site, '10.0.0.1')).toEqual([70, 3]);
  });

  it('and out of a server that its health keeps out remembers both reasons', async () => {
    const site = busySite({ table: table.replace('-w 100', '-w 0') });
    await site.store.marks.put(healthMark(60));
    expect((await site.run('out', '10.0.0.1:80')).exitCode).toBe(0);
    expect(await site.marks()).toMatchObject([
      { reason: 'health', weight: 60 },
      { reason: 'operator', weight: 60 },
    ]);
    await site.store.marks.remove(healthMark(60));
    expect((await site.run('in', '10.0.0.1:80', '--over', '0s')).exitCode).toBe(0);
    expect(weightOf(site, '10.0.0.1')).toEqual([60, 3]);
  });

  it('of a server that has left the table says so, and forgets it with --force', async () => {
    const site = busySite();
    await site.run('out', '10.0.0.1');
    execute(site.simulation, '-d -t 10.0.0.100:80 -r 10.0.0.1:80');
    const refused = await site.run('in', '10.0.0.1');
    expect(refused.exitCode).toBe(2);
    expect(refused.err).toContain('has left the table since');
    expect(weightOf(site, '10.0.0.1')).toEqual([0]);
    expect((await site.run('in', '10.0.0.1', '--force')).exitCode).toBe(0);
    expect(weightOf(site, '10.0.0.1')).toEqual([3]);
    expect(await site.marks()).toEqual([]);
  });

  it('brings a server back to what it had in each service, 0 where it had 0', async () => {
    const site = busySite({ table: table.replace('-w 3\n', '-w 0\n') });
    const before = site.table();
    await site.run('out', '10.0.0.1');
    const run = await site.run('in', '10.0.0.1');
    expect(run.exitCode).toBe(0);
    expect(run.events.filter(({ type }) => type === 'warning')).toMatchObject([{ service: udp }]);
    expect(site.table()).toBe(before);
    expect(await site.marks()).toEqual([]);
    expect((await site.run('in', '10.0.0.1')).exitCode).toBe(0);
  });

  it('takes what somebody gave by hand for the weight where it is more', async () => {
    const site = busySite();
    await site.run('out', '10.0.0.1:80');
    execute(site.simulation, '-e -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 300');
    expect((await site.run('in', '10.0.0.1:80')).exitCode).toBe(0);
    expect(weightOf(site, '10.0.0.1')).toEqual([300, 3]);
    expect(await site.marks()).toEqual([]);
  });
});

describe('drain in --check', () => {
  const timing = { intervalMs: 2_000, timeoutMs: 1_000, rise: 2, fall: 3, when: 'always' } as const;
  const checkedSite = (answers: (asked: number) => boolean) => {
    let asked = 0;
    const gate = {
      name: 'check tcp 10.0.0.1:80',
      kind: 'check' as const,
      ask: async () => ({ passed: answers(asked++), detail: 'told to' }),
    };
    return {
      asked: () => asked,
      site: busySite({ createGates: async ({ gates }) => ok(gates ? [{ gate, timing }] : []) }),
    };
  };

  it('waits until a server is healthy before it gives it any weight', async () => {
    const { site, asked } = checkedSite((times) => times >= 10);
    const before = site.table();
    await site.run('out', '10.0.0.1:80');
    const run = await site.run('in', '10.0.0.1:80', '--check', 'tcp', '--over', '4s');
    expect(run).toMatchObject({ exitCode: 0, err: '' });
    expect(asked()).toBeGreaterThanOrEqual(12);
    const types = run.events.map(({ type }) => type);
    expect(types.indexOf('gate-passed')).toBeLessThan(types.indexOf('step-applied'));
    expect(site.table()).toBe(before);
  });

  it('leaves it out with exit code 5 when it does not become healthy in time', async () => {
    const { site, asked } = checkedSite((times) => times % 2 === 0);
    await site.run('out', '10.0.0.1:80');
    const after = site.table();
    const marks = await site.marks();
    const run = await site.run('in', '10.0.0.1:80', '--check', 'tcp', '--check-timeout', '30s');
    expect(run.exitCode).toBe(5);
    expect(run.err).toContain('--check-timeout');
    expect(asked()).toBe(16);
    expect(run.events.map(({ type }) => type)).toEqual(['planned', 'gate-failed', 'finished']);
    expect(site.table()).toBe(after);
    expect(await site.marks()).toEqual(marks);
  });

  it('takes the weight away again when it falls ill during the ramp', async () => {
    const { site } = checkedSite((times) => times < 6);
    await site.run('out', '10.0.0.1:80');
    const after = site.table();
    const run = await site.run('in', '10.0.0.1:80', '--check', 'tcp', '--over', '60s');
    expect(run.exitCode).toBe(5);
    expect(run.events.some(({ type }) => type === 'step-applied')).toBe(true);
    expect(site.table()).toBe(after);
    expect(await site.marks()).toMatchObject([{ weight: 100 }]);
  });
});

describe('maintenance that was cut off or turned back', () => {
  const interrupted = async (...args: readonly string[]): Promise<Site> => {
    const site = busySite();
    site.stopAt(site.simulation.clock.nowMs() + 10_000, { signal: 'sigint', again: false });
    expect((await site.run(...args)).exitCode).toBe(130);
    return site;
  };

  it('is gone on with by the same command', async () => {
    const site = await interrupted('out', '10.0.0.1', '--over', '30s');
    expect(weightOf(site, '10.0.0.1')).not.toContain(0);
    const run = await site.run('out', '10.0.0.1');
    expect(run.exitCode).toBe(0);
    expect(run.err).toContain('going on with rollout');
    expect(run.events.filter(({ type }) => type === 'finished')).toHaveLength(1);
    expect(weightOf(site, '10.0.0.1')).toEqual([0, 0]);
    expect(weightOf(site, '10.0.0.[23]')).toEqual([25, 4]);
    expectNobodyHurt(site);
  });

  it('is not mixed with the opposite: that says how to end it first', async () => {
    const site = await interrupted('out', '10.0.0.1', '--over', '30s');
    const before = site.table();
    const refused = await site.run('in', '10.0.0.1');
    expect(refused.exitCode).toBe(6);
    const [, rollout = ''] = /drain resume (\S+),/.exec(refused.err) ?? [];
    expect(site.table()).toBe(before);
    expect((await site.run('rollback', rollout, '--over', '5s')).exitCode).toBe(0);
    expect(weightOf(site, '10.0.0.1')).toEqual([100, 3]);
    expect(weightOf(site, '10.0.0.[23]')).toEqual([25, 4]);
    expect(await site.marks()).toEqual([]);
  });

  it('can be brought in once it waits for connections', async () => {
    const site = await interrupted('out', '10.0.0.1', '--settle', '1m');
    expect((await site.run('in', '10.0.0.1')).exitCode).toBe(0);
    expect(weightOf(site, '10.0.0.1')).toEqual([100, 3]);
    expect((await site.run('status')).out).toBe('no rollout is running or held in memory\n');
  });

  it('and was done goes back as a ramp; an in that goes back is out again', async () => {
    const site = busySite({ table: table.replace('-w 100', '-w 4').replace('-w 25', '-w 4') });
    const before = site.table();
    const out = await site.run('out', '10.0.0.1', '--over', '10s');
    const idOf = (run: Ran) => run.events[0]?.rollout ?? '';
    const back = await site.run('rollback', idOf(out), '--over', '8s', '--every', '1s');
    expect(back.exitCode).toBe(0);
    const shares = stepsIn(back, tcp).map(
      (weights) => (weights[server(80)] ?? -1) / (weights['10.0.0.2:80'] ?? 0),
    );
    expect(new Set(shares).size).toBe(9);
    // One scale all along: nobody else's weight moves.
    expect(new Set(stepsIn(back, tcp).map((weights) => weights['10.0.0.2:80'])).size).toBe(1);
    expect(site.table()).toBe(before);
    expect(await site.marks()).toEqual([]);

    await site.run('out', '10.0.0.1');
    const after = site.table();
    const brought = await site.run('in', '10.0.0.1');
    const outAgain = await site.run('rollback', idOf(brought));
    expect(outAgain.exitCode).toBe(0);
    expect(outAgain.events.at(-1)).toMatchObject({
      message: expect.stringContaining('out of service again'),
    });
    expect(site.table()).toBe(after);
    expect((await site.marks()).map(({ weight }) => weight)).toEqual([4, 3]);
    expectNobodyHurt(site);
  });
});

describe('drain status', () => {
  it('says who is out, since when and why', async () => {
    const site = busySite();
    await site.run('out', '10.0.0.1');
    await site.store.marks.put(healthMark(0));
    const { out } = await site.run('status');
    expect(out).toMatch(
      /^out: 10\.0\.0\.1:80 in tcp\/10\.0\.0\.100:80, for \S+: drain out by anna on lb1, weight 100 before$/m,
    );
    expect(out).toMatch(/^out: 10\.0\.0\.1:80 in .*: its health check fails, no weight before$/m);
    const json = (await site.run('status', '--output', 'json')).out.trim().split('\n');
    const marks = json.map((line) => JSON.parse(line));
    expect(marks.toSorted((a, b) => b.weight - a.weight)).toMatchObject([
      { state: 'out', server: server(80), service: tcp, reason: 'operator', weight: 100 },
      { state: 'out', server: server(53), service: udp, reason: 'operator', weight: 3 },
      { state: 'out', server: server(80), service: tcp, reason: 'health', weight: 0 },
    ]);
  });
});
