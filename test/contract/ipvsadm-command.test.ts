import { afterAll, beforeAll, beforeEach, vi } from 'vitest';
import { createLocalIpvsadm } from '../../src/ipvs/local-ipvsadm.ts';
import { createSimulatedIpvsadm } from '../../src/ipvs/simulated/simulated-director.ts';
import type { CommandRunner } from '../../src/rollout/ports.ts';
import { buildFakeIpvsadm, type FakeIpvsadm } from '../support/fake-ipvsadm.ts';
import { describeIpvsadm, type IpvsadmUnderTest } from './ipvsadm-command.ts';

const ofRunner = (runner: CommandRunner): IpvsadmUnderTest => ({
  run: (args, stdin) => runner.run(args, stdin),
  runEach: async (commands) => {
    const answers = [];
    for (const command of commands) answers.push(await runner.run(command, ''));
    return answers;
  },
});

const { runner } = createSimulatedIpvsadm({ seed: 1 });
describeIpvsadm({
  name: 'simulated',
  ipvsadm: () => ofRunner(runner),
  batches: 20,
  sequences: 20,
});

let fake: FakeIpvsadm;
beforeAll(async () => {
  fake = await buildFakeIpvsadm();
  for (const [name, value] of Object.entries(fake.env)) vi.stubEnv(name, value);
});
beforeEach(() => fake.reset());
afterAll(async () => {
  vi.unstubAllEnvs();
  await fake.remove();
});

const local = createLocalIpvsadm({ command: ['ipvsadm'] });
describeIpvsadm({
  name: 'as a process on PATH',
  ipvsadm: () => ofRunner(local),
  batches: 5,
  sequences: 1,
});
