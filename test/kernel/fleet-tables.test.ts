import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { parseEvents } from '../support/drain-command.ts';
import {
  begunAs,
  describeHandOvers,
  eventOf,
  eventsOf,
  finished,
  handOver,
  lb1,
  lb2,
  longest,
  nothingFailed,
  onEach,
  pair,
  reached,
  replaced,
  stepReached,
  tableWith,
  timeouts,
} from '../support/lab/fleet-hand-overs.ts';
import { type FleetDirector, fleetTarget } from '../support/lab/fleet-topology.ts';

await describeHandOvers('tables of several directors', (fleet, lab, begin) => {
  test('finds its table locked on the director, for another controller and for who is on it', async () => {
    await fleet().setTables([timeouts, ...tableWith(2)], [lb1]);
    const there = { namespace: lb1.name, env: { DRAIN_NO_CHECK: '1' } };
    const onIt = ['--state', `/run/home/${lb1.name}`];
    const first = await fleet().startDrain([...handOver, ...longest, ...reached([lb1])]);
    await stepReached(first, 0);
    const refusals = await Promise.all([
      fleet().drain([...handOver, ...reached([lb1])], 'ctl2'),
      lab.drain([...handOver, ...onIt], there),
    ]);
    const { rollout } = begunAs(first);
    for (const { exitCode, stderr } of refusals) {
      expect(stderr).toContain(`in rollout ${rollout} (process `);
      expect(stderr).toContain('with the state in /run/home/ctl1/state');
      expect(exitCode).toBe(6);
    }
    await first.signal('SIGTERM');
    expect(await first.ended).toMatchObject({ exitCode: 143 });
    await fleet().setTables(tableWith(2), [lb1]);
    const second = await lab.startDrain([...handOver, ...longest, ...onIt], there);
    await stepReached(second, 0);
    const refused = await fleet().drain([...handOver, ...reached([lb1])], 'ctl2');
    expect(refused.stderr).toContain(`in rollout ${begunAs(second).rollout} (process `);
    expect(refused.exitCode).toBe(6);
    await second.signal('SIGTERM');
    expect(await second.ended).toMatchObject({ exitCode: 143 });
  }, 180_000);

  test('is taken over from etcd by another controller when its own is killed', async () => {
    const state = ['--state', await fleet().startEtcd()];
    const load = await begin(pair);
    const second = await fleet().startDrain(
      ['resume', '--all', '--follow', '--output', 'json', ...state],
      'ctl2',
    );
    const first = await fleet().startDrain([...handOver, ...reached(pair), ...state]);
    await stepReached(first, 1);
    await first.signal('SIGKILL');
    const killedAtMs = performance.now();
    while (!second.stderr.some((line) => line.includes('going on with it'))) await sleep(50);
    const afterMs = Math.round(performance.now() - killedAtMs);
    console.log(`another controller goes on ${afterMs} ms after the first was killed`);
    // The usual lease, etcd's look at it and the follower's, and as much again where a machine is busy.
    expect(afterMs).toBeLessThan(2 * (12_000 + 3_000));
    await eventOf(second, ({ type }) => type === 'finished');
    expect(finished(eventsOf(second)).outcome).toBe('done');
    expect(await fleet().tables(pair)).toEqual(onEach(pair, replaced(tableWith(2))));
    await nothingFailed(load);
    await second.signal('SIGTERM');
    expect(await second.ended).toMatchObject({ exitCode: 0 });
  }, 180_000);

  test('over tables that differ is refused, and done with --allow-differences', async () => {
    await fleet().setTables([timeouts, ...tableWith(5)], [lb2]);
    const load = await begin([lb1]);
    await fleet().spreadOver(pair);
    const before = await fleet().tables(pair);
    const refused = await fleet().drain([...handOver, ...reached(pair)]);
    expect(refused.exitCode).toBe(3);
    expect(refused.stderr).toContain(
      '10.0.9.11 and 10.0.9.12 do not hold tcp/10.0.1.110:80 alike: ',
    );
    expect(refused.stderr).toMatch(/10\.0\.2\.13:80.*2.*5/);
    expect(refused.stderr).toContain('--allow-differences');
    expect(await fleet().tables(pair)).toEqual(before);

    const done = await fleet().drain([...handOver, ...reached(pair), '--allow-differences']);
    expect(done.stderr).toBe('');
    expect(done.exitCode).toBe(0);
    expect(await fleet().tables(pair)).toEqual({
      ...onEach([lb1], replaced(tableWith(2))),
      ...onEach([lb2], replaced(tableWith(5))),
    });
    await nothingFailed(load);
  }, 180_000);

  test('counts the connections of a master and its backup once', async () => {
    await fleet().setTables([timeouts, ...tableWith(2)], pair);
    await fleet().syncPair(lb1, lb2, 7);
    await fleet().spreadOver([lb1]);
    await lab.clients.hold({ ...fleetTarget, kind: 'keep-alive', everyMs: 300, count: 9 });
    const activeOn = async ({ name }: FleetDirector) => {
      const { stdout } = await fleet().on(name, ['ipvsadm', '-Ln']);
      return Number(/10\.0\.2\.11:80 +Route +4 +(\d+)/.exec(stdout)?.[1]);
    };
    while ((await activeOn(lb2)) !== 6) await sleep(200);
    expect(await activeOn(lb1)).toBe(6);
    const switched = ['--over', '0s', '--drain-timeout', '1s'];
    const run = await fleet().drain([...handOver, ...switched, ...reached(pair)]);
    expect(run.exitCode, run.stderr).toBe(4);
    expect(finished(parseEvents(run.stdout)).message).toContain('10.0.2.11:80 (6 connections)');
  }, 180_000);
});
