import { expect, test } from 'vitest';
import { demoScenario } from '../../../src/ipvs/simulated/scenario/demo-scenario.ts';
import { createSimulatedIpvsadm } from '../../../src/ipvs/simulated/simulated-director.ts';
import type { CommandResult } from '../../../src/rollout/ports.ts';

const fast = { ...demoScenario, speed: 0 };

test('a command costs time, in which the traffic goes on', async () => {
  const sim = createSimulatedIpvsadm({ ...fast, commandCostMs: 1_000 });
  const before = sim.clock.nowMs();
  const first = await sim.runner.run(['-Ln', '--stats'], '');
  const second = await sim.runner.run(['-Ln', '--stats'], '');
  expect(sim.clock.nowMs()).toBe(before + 2_000);
  expect(second).not.toEqual(first);
});

test('between two lines of -R the traffic goes on too', async () => {
  const sim = createSimulatedIpvsadm({ ...fast, lineCostMs: 10_000 });
  const result = await sim.runner.run(['-R'], '-Ln\n-Ln\n');
  const { stdout } = result as Extract<CommandResult, { kind: 'exited' }>;
  const half = stdout.indexOf('IP Virtual', 1);
  expect(stdout.slice(half)).not.toBe(stdout.slice(0, half));
});

test('the traffic is there before the first command, spread by the weights', () => {
  const sim = createSimulatedIpvsadm(fast);
  const [byServer] = sim.statistics.delivered.values();
  const blue = byServer?.get('10.0.0.1:80' as never) ?? 0;
  const bystander = byServer?.get('10.0.0.3:80' as never) ?? 0;
  expect(blue + bystander).toBeGreaterThan(17_000);
  expect(blue / (blue + bystander)).toBeCloseTo(0.8, 3);
  expect(sim.statistics).toMatchObject({ refused: 0, reset: 0, hung: 0, notModelled: 0 });
});

test('the demo drains within two minutes after its server has been quiesced', async () => {
  const sim = createSimulatedIpvsadm(fast);
  sim.ipvsadm('-a -t 10.0.0.100:80 -r 10.0.0.2:80 -m -w 100'.split(' '));
  sim.ipvsadm('-e -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 0'.split(' '));
  const blue = sim.kernel.table.services[0]?.servers.find(({ address }) => address === '10.0.0.1');
  expect(blue?.activeConn).toBeGreaterThan(100);
  await sim.clock.sleepUntil(sim.clock.nowMs() + 120_000);
  expect(blue?.activeConn).toBe(0);
  expect(sim.statistics).toMatchObject({ refused: 0, reset: 0, hung: 0 });
});

test('clients are refused without a server, hang on a removed one, and are reset with expire_nodest_conn', async () => {
  const removed = async (expireNodestConn: 0 | 1) => {
    const sim = createSimulatedIpvsadm({ ...fast, sysctl: { expireNodestConn } });
    sim.ipvsadm(['-R'], '-d -t 10.0.0.100:80 -r 10.0.0.1:80\n-d -t 10.0.0.100:80 -r 10.0.0.3:80\n');
    await sim.clock.sleepUntil(sim.clock.nowMs() + 10_000);
    return sim.statistics;
  };
  const [kept, expired] = [await removed(0), await removed(1)];
  expect(kept.refused).toBeGreaterThan(800);
  expect([kept.hung > 100, kept.reset]).toEqual([true, 0]);
  expect([expired.hung, expired.reset > 100]).toEqual([0, true]);
});

test('a service whose scheduler is not modelled says so instead of guessing', async () => {
  const sim = createSimulatedIpvsadm(fast);
  sim.ipvsadm('-E -t 10.0.0.100:80 -s sh'.split(' '));
  await sim.clock.sleepUntil(sim.clock.nowMs() + 1_000);
  expect(sim.statistics.notModelled).toBeGreaterThan(50);
});

test('a fault replaces the answer, before or after the command did its work', async () => {
  const cutOff = createSimulatedIpvsadm({
    ...fast,
    faults: ({ run }) => {
      const result = run();
      return result.kind === 'exited' ? { ...result, stdout: result.stdout.slice(0, 50) } : result;
    },
  });
  expect(await cutOff.runner.run(['-Ln'], '')).toMatchObject({
    exitCode: 0,
    stdout: expect.stringMatching(/^.{50}$/s),
  });

  const hanging = createSimulatedIpvsadm({
    ...fast,
    faults: ({ args }) => (args[0] === '-C' ? { kind: 'timed-out', afterMs: 5_000 } : undefined),
  });
  const before = hanging.clock.nowMs();
  expect(await hanging.runner.run(['-C'], '')).toEqual({ kind: 'timed-out', afterMs: 5_000 });
  expect(hanging.clock.nowMs()).toBe(before + 5_002);
  expect(hanging.kernel.table.services).toHaveLength(1);
});

test('somebody else may edit the table at a time', async () => {
  const sim = createSimulatedIpvsadm(fast);
  const start = sim.clock.nowMs();
  sim.at(start + 60_000, () => sim.ipvsadm(['-C']));
  await sim.clock.sleepUntil(start + 59_999);
  expect(sim.kernel.table.services).toHaveLength(1);
  await sim.clock.sleepUntil(start + 60_000);
  expect(sim.kernel.table.services).toHaveLength(0);
});
