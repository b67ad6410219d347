import { createDirector } from '../../src/ipvs/director.ts';
import { describeDirector } from '../contract/director.ts';
import { editsThrough } from '../contract/edits-through.ts';
import { describeIpvsadm } from '../contract/ipvsadm-command.ts';
import { describeSchedulers, type SchedulingUnderTest } from '../contract/scheduler.ts';
import { pause } from '../support/kernel-hand-over.ts';
import type { Held } from '../support/lab/clients.ts';
import { describeOlderKernel } from '../support/lab/describe-older-kernel.ts';
import type { Lab } from '../support/lab/lab.ts';
import { realServers, virtualAddresses } from '../support/lab/topology.ts';
import { labRunner, runEachInLab } from '../support/lab-ipvsadm.ts';

const address = virtualAddresses.v4.nat;

function schedulingOf(lab: Lab): SchedulingUnderTest {
  const runner = labRunner(lab);
  let held: readonly Held[] = [];
  return {
    async ipvsadm(lines) {
      const result = await runner.run(['-R'], [...lines, ''].join('\n'));
      return result.kind === 'exited' ? result.stdout : result.kind;
    },
    async sequence(port, count) {
      const names = await lab.clients.sequence({ address, port, count, timeoutMs: 30_000 });
      return names.map((name) => realServers.find((host) => host.name === name)?.v4 ?? name);
    },
    async hold(port) {
      const [one] = await lab.clients.hold({ kind: 'idle', address, port });
      if (one) held = [...held, one];
      const server = realServers.find(({ name }) => name === one?.server);
      return server?.v4 ?? `!${one?.error}`;
    },
    async release(place) {
      await lab.clients.release(held.slice(place, place + 1));
      held = held.toSpliced(place, 1);
    },
    async reset() {
      held = [];
      await lab.reset();
      // A refusal is an ICMP error. Without one at once the client repeats its SYN, a second later.
      await lab.sysctl('director', 'net.ipv4.icmp_ratelimit', 0);
    },
  };
}

describeOlderKernel('the contracts, on a real kernel:', (lab) => {
  const runner = labRunner(lab);

  describeIpvsadm({
    name: 'real',
    ipvsadm: () => ({
      run: (args, stdin) => runner.run(args, stdin),
      runEach: (commands) => runEachInLab(lab, commands),
    }),
    batches: 15,
    sequences: 4,
  });

  const scheduling = schedulingOf(lab);
  describeSchedulers({
    name: 'real',
    address,
    servers: realServers.map(({ v4 }) => v4),
    scheduling: () => scheduling,
    tables: 10,
  });

  describeDirector({
    name: 'the ipvsadm of a real kernel',
    hasClients: true,
    async open() {
      return {
        director: createDirector({ name: 'lab', runner }),
        others: editsThrough(runner),
        async connect(port) {
          await lab.clients.hold({ kind: 'idle', address, port });
        },
        pass: pause,
      };
    },
  });
});
