import type { Held } from '../support/lab/clients.ts';
import { describeKernel } from '../support/lab/describe-kernel.ts';
import { realServers, virtualAddresses } from '../support/lab/topology.ts';
import { describeSchedulers, type SchedulingUnderTest } from '../contract/scheduler.ts';
import type { Lab } from '../support/lab/lab.ts';

const address = virtualAddresses.v4.nat;
const addressOf = (name: string | null | undefined): string =>
  realServers.find((server) => server.name === name)?.v4 ?? String(name);

function schedulingOf(lab: Lab): SchedulingUnderTest {
  let held: Held[] = [];
  return {
    async edit(lines) { await lab.ipvsadm(['-R'], [...lines, ''].join('\n')); },
    async sequence(port, count) { return (await lab.clients.sequence({ address, port, count })).map(addressOf); },
    async hold(port) {
      const [one] = await lab.clients.hold({ kind: 'idle', address, port });
      if (one) held.push(one);
      return one?.server ? addressOf(one.server) : `!${one?.error}`;
    },
    async release() {
      const one = held.shift();
      if (one) await lab.clients.release([one]);
    },
    async reset() { held = []; await lab.reset(); },
  };
}
describeKernel('sched', (lab) => {
  const s = schedulingOf(lab);
  describeSchedulers({ name: 'kernel', address, servers: realServers.map((r) => r.v4), scheduling: () => s, tables: Number(process.env.RUNS ?? 10) });
});
