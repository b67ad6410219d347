import { createSimulatedIpvsadm } from '../../src/ipvs/simulated/simulated-director.ts';
import { simulatedClients } from '../support/simulated-clients.ts';
import { describeSchedulers, type SchedulingUnderTest } from './scheduler.ts';

const address = '10.0.1.100';

let sim = createSimulatedIpvsadm({ seed: 2 });
let clients = simulatedClients(sim, address);

const simulated: SchedulingUnderTest = {
  async ipvsadm(lines) {
    const result = await sim.runner.run(['-R'], [...lines, ''].join('\n'));
    return result.kind === 'exited' ? result.stdout : result.kind;
  },
  sequence: async (port, count) => clients.sequence(port, count),
  hold: async (port) => clients.hold(port),
  release: async (place) => clients.release(place),
  async reset() {
    sim = createSimulatedIpvsadm({ seed: 2 });
    clients = simulatedClients(sim, address);
  },
};

describeSchedulers({
  name: 'simulated',
  address,
  servers: [1, 2, 3, 4, 5].map((host) => `10.0.2.1${host}`),
  scheduling: () => simulated,
  tables: 50,
});
