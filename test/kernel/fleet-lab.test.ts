import { expect, test } from 'vitest';
import { pause } from '../support/kernel-hand-over.ts';
import { tally } from '../support/lab/clients.ts';
import { describeFleet } from '../support/lab/describe-fleet.ts';
import { type FleetDirector, fleetDirectors, fleetTarget } from '../support/lab/fleet-topology.ts';

const service = `-t ${fleetTarget.address}:${fleetTarget.port}`;
const rules = [
  `-A ${service} -s wrr`,
  `-a ${service} -r 10.0.2.11 -g -w 2`,
  `-a ${service} -r 10.0.2.13 -g -w 1`,
];
const [lb1, lb2, lb3, lb4] = fleetDirectors;
const names = (directors: readonly FleetDirector[]) => directors.map(({ name }) => name);

await describeFleet('a fleet in the lab', (fleet, lab) => {
  /** Client and its port, of each connection that a director knows. */
  const connectionsOn = async ({ name }: FleetDirector): Promise<readonly string[]> => {
    const { stdout } = await fleet().on(name, ['cat', '/proc/net/ip_vs_conn']);
    return [...stdout.matchAll(/^TCP (\S+ \S+) /gm)].map(([, client = '']) => client);
  };

  test.each([
    [4, fleetDirectors],
    [2, [lb2, lb3]],
  ])(
    'spreads connections over %i directors, each on one of them, without a failure',
    async (_, over) => {
      await fleet().setTables(rules);
      await fleet().spreadOver(over);
      const load = await lab.clients.load({ ...fleetTarget, perSecond: 60, seconds: 2 });
      const exchanges = await load.finished();
      expect(Object.keys(tally(exchanges)).sort()).toEqual(['rs1', 'rs3']);
      const found = await Promise.all(fleetDirectors.map(connectionsOn));
      for (const [index, connections] of found.entries()) {
        const director = fleetDirectors[index];
        const share = director && names(over).includes(director.name) ? 1 / over.length : 0;
        // By a hash: about evenly.
        expect(connections.length).toBeGreaterThanOrEqual(share * 0.5 * exchanges.length);
        expect(connections.length).toBeLessThanOrEqual(share * 1.5 * exchanges.length);
      }
      const all = found.flat();
      expect(all).toHaveLength(exchanges.length);
      expect(new Set(all).size).toBe(all.length);
    },
  );

  test('is reached by ssh from both controllers, each director at its own table', async () => {
    for (const [index, one] of fleetDirectors.entries()) {
      const server = `-a ${service} -r 10.0.2.11 -g -w ${index + 1}`;
      await fleet().setTables([`-A ${service} -s wrr`, server], [one]);
    }
    for (const controller of ['ctl1', 'ctl2'] as const) {
      const tables = await Promise.all(
        fleetDirectors.map((one) => fleet().ssh(one, 'ipvsadm -Sn', { controller })),
      );
      const weights = tables.map(({ stdout }) => /-r 10\.0\.2\.11:80 -g -w (\d)/.exec(stdout)?.[1]);
      expect(weights).toEqual(['1', '2', '3', '4']);
    }
  });

  test('loses a director that is frozen, cut off or killed, and gets it back; clients notice nothing', async () => {
    await fleet().setTables(rules);
    const load = await lab.clients.load({ ...fleetTarget, perSecond: 30 });
    const answer = async (director: FleetDirector, connectTimeoutS = 20) => {
      const run = await fleet().ssh(director, 'echo here', { connectTimeoutS });
      return (run.exitCode === 0 ? run.stdout : run.stderr).trim().split('\n').at(-1);
    };
    await Promise.all([fleet().freeze(lb2.name), fleet().cut(lb3.name), fleet().kill(lb4.name)]);
    expect(await answer(lb1)).toBe('here');
    expect(await Promise.all([lb2, lb3, lb4].map((one) => answer(one, 2)))).toEqual([
      expect.stringMatching(/timed out/),
      expect.stringMatching(/timed out|No route to host/),
      expect.stringMatching(/Connection refused/),
    ]);
    await Promise.all([fleet().thaw(lb2.name), fleet().mend(lb3.name), fleet().start(lb4.name)]);
    const back = await Promise.all([lb2, lb3, lb4].map((one) => answer(one)));
    expect(back).toEqual(['here', 'here', 'here']);
    const found = await Promise.all(fleetDirectors.map(connectionsOn));
    for (const connections of found) expect(connections.length).toBeGreaterThan(0);
    expect(Object.keys(tally(await load.stop())).sort()).toEqual(['rs1', 'rs3']);
  });

  test('has a pair of master and backup, whose connections count on both', async () => {
    await fleet().setTables(rules);
    await fleet().syncPair(lb1, lb2, 7);
    await fleet().spreadOver([lb1]);
    const { stdout: master } = await fleet().on(lb1.name, ['ipvsadm', '-L', '--daemon']);
    const { stdout: backup } = await fleet().on(lb2.name, ['ipvsadm', '-L', '--daemon']);
    expect(master).toMatch(/^master sync daemon \(mcast=eth1, syncid=7, /);
    expect(backup).toMatch(/^backup sync daemon \(mcast=eth1, syncid=7, /);

    await lab.clients.hold({ ...fleetTarget, kind: 'keep-alive', everyMs: 300, count: 9 });
    await (await lab.clients.load({ ...fleetTarget, perSecond: 30, seconds: 1 })).finished();
    // The kernel sends what has gathered every 2 s; a connection's third packet is the first that counts.
    await pause(3_000);
    const counts = async ({ name }: FleetDirector) => {
      const { stdout } = await fleet().on(name, ['ipvsadm', '-Ln']);
      return stdout.split('\n').flatMap((line) => {
        const [, server, active, inactive] = /-> (\S+) +Route +\d+ +(\d+) +(\d+)/.exec(line) ?? [];
        return server === undefined
          ? []
          : [{ server, active: Number(active), inactive: Number(inactive) }];
      });
    };
    const onMaster = await counts(lb1);
    expect(onMaster).toEqual([
      { server: '10.0.2.11:80', active: 6, inactive: 20 },
      { server: '10.0.2.13:80', active: 3, inactive: 10 },
    ]);
    expect(await counts(lb2)).toEqual(onMaster);
    // Its own statistics know of none of them.
    const { stdout } = await fleet().on(lb2.name, ['ipvsadm', '-Ln', '--stats', '--exact']);
    expect(stdout).toMatch(/^TCP +10\.0\.1\.110:80 +0 +0 +0 +0 +0$/m);
  });
});
