import { afterAll, beforeAll, vi } from 'vitest';
import { createDirector } from '../../src/ipvs/director.ts';
import { createLocalIpvsadm } from '../../src/ipvs/local-ipvsadm.ts';
import { createSimulatedIpvsadm } from '../../src/ipvs/simulated/simulated-director.ts';
import { buildFakeIpvsadm, type FakeIpvsadm } from '../support/fake-ipvsadm.ts';
import { simulatedClients } from '../support/simulated-clients.ts';
import { describeDirector } from './director.ts';
import { editsThrough } from './edits-through.ts';

describeDirector({
  name: 'the simulated ipvsadm',
  hasClients: true,
  async open() {
    const sim = createSimulatedIpvsadm({ seed: 1 });
    const clients = simulatedClients(sim, '10.0.1.100');
    return {
      director: createDirector({ name: 'sim', runner: sim.runner }),
      others: editsThrough(sim.runner),
      async connect(port) {
        clients.hold(port);
      },
      pass: (ms) => sim.clock.sleepUntil(sim.clock.nowMs() + ms),
    };
  },
});

let fake: FakeIpvsadm;
beforeAll(async () => {
  fake = await buildFakeIpvsadm();
  for (const [name, value] of Object.entries(fake.env)) vi.stubEnv(name, value);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await fake.remove();
});

describeDirector({
  name: 'a local ipvsadm on PATH',
  hasClients: false,
  async open() {
    await fake.reset();
    const runner = createLocalIpvsadm({ command: ['ipvsadm'] });
    return { director: createDirector({ name: 'local', runner }), others: editsThrough(runner) };
  },
});
