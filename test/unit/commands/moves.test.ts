import { describe, expect, it } from 'vitest';
import { createSite, type Ran, type Site } from '../../support/maintained-site.ts';
import { scriptedGate } from '../../support/scripted-gate.ts';
import { busyTraffic } from '../../support/web-traffic.ts';

const tcp = 'tcp/10.0.0.100:80';
const udp = 'udp/10.0.0.100:53';
const table = `-A -t 10.0.0.100:80 -s wrr
-a -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 100 -x 500 -y 400
-a -t 10.0.0.100:80 -r 10.0.0.2:80 -m -w 50
-A -u 10.0.0.100:53 -s wrr
-a -u 10.0.0.100:53 -r 10.0.0.1:53 -m -w 3
-a -u 10.0.0.100:53 -r 10.0.0.2:53 -m -w 4
`;
const busySite = (more: Partial<Parameters<typeof createSite>[0]> = {}): Site =>
  createSite({ seed: 3, table, traffic: [busyTraffic], warmUpMs: 10_000, ...more });

/** The weights of the servers of a service, by address. */
const weightsIn = (site: Site, service: string): Readonly<Record<string, number>> =>
  Object.fromEntries(
    [...site.table().matchAll(/^-a -(\w) (\S+) -r (\S+?):\d+ .*-w (\d+)/gm)]
      .filter(([, kind, vip]) => service === `${kind === 't' ? 'tcp' : 'udp'}/${vip}`)
      .map(([, , , server = '', weight]) => [server, Number(weight)]),
  );
const expectNobodyHurt = ({ simulation }: Site): void => {
  const { refused, reset, hung } = simulation.statistics;
  expect({ refused, reset, hung }).toEqual({ refused: 0, reset: 0, hung: 0 });
};
const stepsIn = ({ events }: Ran, service = tcp) =>
  events.flatMap((event) =>
    event.type === 'step-applied' && event.service === service ? [event.weights] : [],
  );
const idOf = ({ events }: Ran): string => events.at(-1)?.rollout ?? '';

describe('drain weight', () => {
  it('gives a server another weight at once, in every service that holds it, and nobody else', async () => {
    const site = busySite();
    const run = await site.run('weight', '10.0.0.1=30');
    expect(run).toMatchObject({ exitCode: 0, err: '' });
    expect(weightsIn(site, tcp)).toEqual({ '10.0.0.1': 30, '10.0.0.2': 50 });
    expect(weightsIn(site, udp)).toEqual({ '10.0.0.1': 30, '10.0.0.2': 4 });
    expect(run.events[0]).toMatchObject({ type: 'planned', move: 'weight', from: [], overMs: 0 });
    expect(run.events.at(-1)).toMatchObject({
      outcome: 'done',
      message: '10.0.0.1:80 has weight 30, 10.0.0.1:53 has weight 30',
    });
    expect(await site.marks()).toEqual([]);
    expectNobodyHurt(site);
  });

  it('goes there as a ramp, while all others keep their proportions among themselves', async () => {
    const three = `${table}-a -t 10.0.0.100:80 -r 10.0.0.3:80 -m -w 25\n`;
    const site = busySite({ table: three });
    const run = await site.run(
      ...['weight', '10.0.0.1:80=20', '--over', '20s', '--every', '2s', '--service', tcp],
    );
    expect(run.exitCode).toBe(0);
    const steps = stepsIn(run);
    expect(steps).toHaveLength(11);
    for (const weights of steps) {
      expect(weights['10.0.0.2:80']).toBe(2 * (weights['10.0.0.3:80'] ?? 0));
    }
    const shares = steps.map((weights) => {
      const sum = Object.values(weights).reduce((a, b) => a + b, 0);
      return (weights['10.0.0.1:80'] ?? 0) / sum;
    });
    expect(shares).toEqual([...shares].sort((a, b) => b - a));
    expect(shares[0]).toBeCloseTo(100 / 175);
    expect(shares[5]).toBeCloseTo(60 / 135, 1);
    expect(weightsIn(site, tcp)).toEqual({ '10.0.0.1': 20, '10.0.0.2': 50, '10.0.0.3': 25 });
    expect(weightsIn(site, udp)).toEqual({ '10.0.0.1': 3, '10.0.0.2': 4 });
    expectNobodyHurt(site);
  });

  it('takes some up and others down at once, each by its own way', async () => {
    const site = busySite();
    const run = await site.run(
      ...['weight', '10.0.0.1=50,10.0.0.2=100', '--over', '10s', '--service', tcp],
    );
    expect(run.exitCode).toBe(0);
    const ratios = stepsIn(run).map(
      (weights) => (weights['10.0.0.1:80'] ?? 0) / (weights['10.0.0.2:80'] ?? 1),
    );
    expect(ratios).toEqual([...ratios].sort((a, b) => b - a));
    expect([ratios[0], ratios.at(-1)]).toEqual([2, 0.5]);
    expectNobodyHurt(site);
  });

  it('quiesces with 0 and leaves the server in the table, with no mark', async () => {
    const site = busySite();
    const run = await site.run('weight', '10.0.0.1:80=0');
    expect(run.exitCode).toBe(0);
    expect(weightsIn(site, tcp)).toEqual({ '10.0.0.1': 0, '10.0.0.2': 50 });
    expect(run.events.some(({ type }) => type === 'removed')).toBe(false);
    expect(await site.marks()).toEqual([]);
    expectNobodyHurt(site);
  });

  it('refuses to leave a service without weight, and does it with --force', async () => {
    const site = busySite();
    const before = site.table();
    const refused = await site.run('weight', '10.0.0.1:80=0', '10.0.0.2:80=0');
    expect(refused.exitCode).toBe(3);
    expect(refused.err).toContain('or insist with --force');
    expect(site.table()).toBe(before);
    const forced = await site.run(
      ...['weight', '10.0.0.1:80=0,10.0.0.2:80=0', '--force', '--over', '4s'],
    );
    expect(forced.exitCode).toBe(0);
    expect(weightsIn(site, tcp)).toEqual({ '10.0.0.1': 0, '10.0.0.2': 0 });
    expect((await site.run('rollback', idOf(forced), '--yes')).exitCode).toBe(0);
    expect(site.table()).toBe(before);
  });

  it('says it again without harm', async () => {
    const site = busySite();
    await site.run('weight', '10.0.0.1=30');
    const before = site.table();
    const again = await site.run('weight', '10.0.0.1=30', '--over', '5m');
    expect(again).toMatchObject({ exitCode: 0, err: '' });
    expect(again.events[0]).toMatchObject({ type: 'planned', overMs: 0 });
    expect(site.table()).toBe(before);
  });

  it.each([
    [['10.0.0.1'], 2, '"10.0.0.1" has no weight'],
    [['10.0.0.1='], 2, 'is no weight from 0 to 65535'],
    [['10.0.0.1=65536'], 2, 'is no weight from 0 to 65535'],
    [['10.0.0.9=5'], 2, '10.0.0.9 is a real server of no virtual service'],
    [['10.0.0.1=5', '10.0.0.1:80=6'], 2, '10.0.0.1:80 is named twice'],
    [['10.0.0.1=5', '--service', 'tcp/10.0.0.7:80'], 2, 'there is no virtual service'],
    [['10.0.0.1=5', '--over', 'soon'], 2, 'is no duration'],
  ])('refuses %j with exit code %i', async (words, exitCode, what) => {
    const site = busySite();
    const before = site.table();
    const run = await site.run('weight', ...words);
    expect(run.exitCode).toBe(exitCode);
    expect(run.err).toContain(what);
    expect(site.table()).toBe(before);
  });

  it('refuses a scheduler that does not share by weight, but for 0', async () => {
    const site = busySite({ table: table.replaceAll('-s wrr', '-s rr') });
    const refused = await site.run('weight', '10.0.0.1:80=30');
    expect(refused.exitCode).toBe(3);
    expect(refused.err).toContain('another weight would change nothing');
    expect((await site.run('weight', '10.0.0.1:80=0')).exitCode).toBe(0);
  });

  it('leaves a server alone that somebody has out', async () => {
    const site = busySite();
    await site.run('out', '10.0.0.1:80');
    const refused = await site.run('weight', '10.0.0.1:80=30');
    expect(refused.exitCode).toBe(6);
    expect(refused.err).toContain('bring it in first');
    expect(weightsIn(site, tcp)).toEqual({ '10.0.0.1': 0, '10.0.0.2': 50 });
  });
});

describe('drain add', () => {
  it('adds a server in the image of the first one, from weight 0 to the mean of the others', async () => {
    const site = busySite();
    const run = await site.run('add', '10.0.0.3', '--service', tcp);
    expect(run).toMatchObject({ exitCode: 0, err: '' });
    const thresholds = site.simulation.ipvsadm(['-L', '-n', '--thresholds']);
    expect(thresholds).toMatchObject({
      stdout: expect.stringMatching(/10\.0\.0\.3:80 +500 +400 /),
    });
    expect(weightsIn(site, tcp)).toEqual({ '10.0.0.1': 100, '10.0.0.2': 50, '10.0.0.3': 75 });
    expect(weightsIn(site, udp)).toEqual({ '10.0.0.1': 3, '10.0.0.2': 4 });
    const steps = stepsIn(run);
    expect(steps).toHaveLength(31);
    expect(steps[0]).toMatchObject({ '10.0.0.3:80': 0 });
    for (const weights of steps) {
      expect(weights['10.0.0.1:80']).toBe(2 * (weights['10.0.0.2:80'] ?? 0));
    }
    expect(run.events.at(-1)).toMatchObject({
      message: '10.0.0.3:80 is in service with weight 75',
    });
    expectNobodyHurt(site);
  });

  it('gives each the weight that is named', async () => {
    const site = busySite();
    const run = await site.run(
      ...['add', '10.0.0.3=10,10.0.0.4:80=20', '--service', tcp, '--over', '0s'],
    );
    expect(run.exitCode).toBe(0);
    expect(weightsIn(site, tcp)).toMatchObject({ '10.0.0.3': 10, '10.0.0.4': 20 });
  });

  it('takes the new server out again in a rollback, when it is empty', async () => {
    const site = busySite();
    const before = site.table();
    const run = await site.run('add', '10.0.0.3', '--service', tcp);
    expect(site.table()).not.toBe(before);
    const back = await site.run('rollback', idOf(run), '--yes');
    expect(back.exitCode).toBe(0);
    expect(site.table()).toBe(before);
    expect(back.events.filter(({ type }) => type === 'removed')).toMatchObject([
      { server: '10.0.0.3:80' },
    ]);
    expect(back.events.at(-1)).toMatchObject({
      message:
        'rolled back: 10.0.0.3:80 is out of the table again, and all others have the weight from before',
    });
    expectNobodyHurt(site);
  });

  it('ends at its --until, goes on, and back from there', async () => {
    const site = busySite();
    const before = site.table();
    const run = await site.run('add', '10.0.0.3=50', '--service', tcp, '--until', '40%');
    expect(run.exitCode).toBe(0);
    expect(run.events.at(-1)).toMatchObject({
      until: 0.4,
      message: 'done until 40 %: 10.0.0.3:80 has gone 40 % of the way to its weight',
    });
    // Whoever else looks in between has the weights from before.
    expect(weightsIn(site, tcp)).toEqual({ '10.0.0.1': 100, '10.0.0.2': 50, '10.0.0.3': 20 });
    const inTheWay = await site.run('weight', '10.0.0.1:80=30');
    expect(inTheWay.exitCode).toBe(6);
    const on = await site.run('resume', idOf(run), '--until', '60%');
    expect(on.exitCode).toBe(0);
    expect(weightsIn(site, tcp)).toEqual({ '10.0.0.1': 100, '10.0.0.2': 50, '10.0.0.3': 30 });
    const promoted = await site.run('promote', idOf(run), '--yes');
    expect(promoted.exitCode).toBe(0);
    expect(weightsIn(site, tcp)).toEqual({ '10.0.0.1': 100, '10.0.0.2': 50, '10.0.0.3': 50 });
    expect((await site.run('rollback', idOf(run), '--yes', '--over', '5s')).exitCode).toBe(0);
    expect(site.table()).toBe(before);
    expectNobodyHurt(site);
  });

  it('goes back when a gate fails, with exit code 5', async () => {
    const site: Site = busySite({
      createGates: async () => ({
        ok: true,
        value: [
          scriptedGate(site.simulation.clock, {
            passes: ({ about: { movedFraction } }) => movedFraction < 0.3,
          }),
        ],
      }),
    });
    const before = site.table();
    const run = await site.run(
      ...['add', '10.0.0.3', '--service', tcp, '--gate-command', 'true', '--over', '10s'],
    );
    expect(run.exitCode).toBe(5);
    expect(site.table()).toBe(before);
    expectNobodyHurt(site);
  });

  it('is held by a signal, and goes on where it stood', async () => {
    const site = busySite();
    site.stopAt(site.simulation.clock.nowMs() + 12_000, { signal: 'sigint', again: false });
    const held = await site.run('add', '10.0.0.3', '--service', tcp);
    expect(held.exitCode).toBe(130);
    const resumed = await site.run('resume', idOf(held));
    expect(resumed.exitCode).toBe(0);
    expect(weightsIn(site, tcp)).toEqual({ '10.0.0.1': 100, '10.0.0.2': 50, '10.0.0.3': 75 });
    expectNobodyHurt(site);
  });

  it.each([
    [['10.0.0.3'], 2, '--service is missing'],
    [['10.0.0.1', '--service', tcp], 2, 'is a real server of tcp/10.0.0.100:80 already'],
    [['10.0.0.3', '--service', 'tcp/10.0.0.7:80'], 2, 'there is no virtual service'],
    [['10.0.0.3=0', '--service', tcp], 2, 'is no weight from 1 to 65535'],
    [['10.0.0.3,10.0.0.3:80', '--service', tcp], 2, 'is named twice'],
    [['2001:db8::3', '--service', tcp], 2, 'cannot stand beside'],
  ])('refuses %j with exit code %i', async (words, exitCode, what) => {
    const site = busySite();
    const before = site.table();
    const run = await site.run('add', ...words);
    expect(run.exitCode).toBe(exitCode);
    expect(run.err).toContain(what);
    expect(site.table()).toBe(before);
  });

  it.each(['-g', '-i'])('has the port of the service under %s', async (forwarding) => {
    const routed = table.replaceAll(' -m ', ` ${forwarding} `);
    const site = createSite({ seed: 3, table: routed });
    const refused = await site.run('add', '10.0.0.3:8080', '--service', tcp);
    expect(refused.exitCode).toBe(2);
    expect(refused.err).toContain("the kernel forces the port to the service's, 80");
    expect((await site.run('add', '10.0.0.3', '--service', tcp, '--over', '0s')).exitCode).toBe(0);
    expect(site.table()).toContain(`-r 10.0.0.3:80 ${forwarding} -w 75`);
  });

  it('asks for a port where the servers have several, and for a weight where none has any', async () => {
    const site = createSite({
      seed: 3,
      table: `-A -t 10.0.0.100:80 -s wrr
-a -t 10.0.0.100:80 -r 10.0.0.1:8080 -m -w 0
-a -t 10.0.0.100:80 -r 10.0.0.2:8081 -m -w 0
-A -t 10.0.0.100:81 -s wrr
`,
    });
    const refusedFor = async (server: string, service: string) =>
      (await site.run('add', server, '--service', service)).err;
    expect(await refusedFor('10.0.0.3', tcp)).toContain('give the port, for example 10.0.0.3:8080');
    expect(await refusedFor('10.0.0.3:80', tcp)).toContain('for example 10.0.0.3:80=100');
    expect(await refusedFor('10.0.0.3', 'tcp/10.0.0.100:81')).toContain(
      'add the first with ipvsadm',
    );
    expect((await site.run('add', '10.0.0.3:80=5', '--service', tcp)).exitCode).toBe(0);
    expect(weightsIn(site, tcp)).toMatchObject({ '10.0.0.3': 5 });
  });
});

it('a dry run of a move changes nothing', async () => {
  const site = busySite();
  const before = site.table();
  const dry = await site.run('weight', '10.0.0.1:80=20', '--over', '10s', '--dry-run');
  expect(dry.exitCode).toBe(0);
  expect(dry.events[0]).toMatchObject({ type: 'planned', move: 'weight' });
  expect((await site.run('add', '10.0.0.3', '--service', tcp, '--dry-run')).exitCode).toBe(0);
  expect(site.table()).toBe(before);
});
