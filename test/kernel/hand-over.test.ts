import { expect, test } from 'vitest';
import { failures, handOver } from '../support/kernel-hand-over.ts';
import { describeKernel } from '../support/lab/describe-kernel.ts';
import { marked, virtualAddresses } from '../support/lab/topology.ts';

const quick = ['--over', '8s', '--every', '1s', '--settle', '1s'];
const nat = { address: virtualAddresses.v4.nat, port: 80 };
const natService = `-t ${nat.address}:80`;

/** The saved rules with one server in place of another, in ipvsadm's order. */
const replaced = (
  before: readonly string[],
  edit: (rule: string) => string | readonly string[],
): readonly string[] => before.flatMap(edit).sort();

describeKernel('a hand-over under traffic', (lab) => {
  test('of one server to one fails no request, and replaces it in the table', async () => {
    const done = await handOver(lab, {
      rules: [`-A ${natService} -s wrr`, `-a ${natService} -r 10.0.2.11:8080 -m -w 100`],
      args: ['--from', '10.0.2.11', '--to', '10.0.2.12', ...quick],
      target: nat,
      perSecond: 60,
    });
    expect(done.stderr).toBe('');
    expect(done.exitCode).toBe(0);
    expect(failures(done)).toEqual([]);
    expect(done.after).toEqual(done.before.map((rule) => rule.replace('10.0.2.11', '10.0.2.12')));
    expect(done.events.at(-1)).toMatchObject({ type: 'finished', outcome: 'done' });
    // The kernel delivered to both, and in the end to the new one alone.
    expect(done.tally.rs1).toBeGreaterThan(100);
    expect(done.tally.rs2).toBeGreaterThan(100);
    expect(done.exchanges.at(-1)?.server).toBe('rs2');
  });

  test('of two servers to three by capacity leaves a bystander exactly as it was', async () => {
    const done = await handOver(lab, {
      rules: [
        `-A ${natService} -s wrr`,
        `-a ${natService} -r 10.0.2.11:8080 -m -w 60`,
        `-a ${natService} -r 10.0.2.12:8080 -m -w 40`,
        `-a ${natService} -r 10.0.2.12:8081 -m -w 25`,
      ],
      args: [
        ...['--from', '10.0.2.11,10.0.2.12:8080'],
        ...['--to', '10.0.2.13=1,10.0.2.14=1', '--to', '10.0.2.15:8080=2', ...quick],
      ],
      target: nat,
      perSecond: 60,
    });
    expect(done.stderr).toBe('');
    expect(done.exitCode).toBe(0);
    expect(failures(done)).toEqual([]);
    expect([...done.after].sort()).toEqual(
      replaced(done.before, (rule) => {
        if (rule.includes('10.0.2.11:8080')) {
          return ['13:8080 -m -w 25', '14:8080 -m -w 25', '15:8080 -m -w 50'].map(
            (rest) => `-a ${natService} -r 10.0.2.${rest}`,
          );
        }
        return rule.includes('10.0.2.12:8080') ? [] : rule;
      }),
    );
  });

  test('with direct routing and thresholds keeps every attribute but the weight', async () => {
    const service = `-t ${virtualAddresses.v4.route}:80`;
    const done = await handOver(lab, {
      rules: [
        '--set 900 3 0',
        `-A ${service} -s wrr`,
        `-a ${service} -r 10.0.2.11 -g -w 4 -x 5000 -y 4000`,
        `-a ${service} -r 10.0.2.13 -g -w 2 -x 700 -y 600`,
      ],
      args: ['--from', '10.0.2.11', '--to', '10.0.2.12', ...quick],
      target: { address: virtualAddresses.v4.route, port: 80 },
      perSecond: 50,
    });
    expect(done.stderr).toBe('');
    expect(failures(done)).toEqual([]);
    expect([...done.after].sort()).toEqual(
      replaced(done.before, (rule) => rule.replace('10.0.2.11', '10.0.2.12')),
    );
    const { stdout } = await lab.ipvsadm(['-Ln', '--thresholds']);
    expect(stdout).toMatch(/10\.0\.2\.12:80 +5000 +4000 /);
    expect(stdout).toMatch(/10\.0\.2\.13:80 +700 +600 /);
  });

  test('with tunnelling keeps the kind of tunnel', async () => {
    const service = `-t ${virtualAddresses.v4.tunnel}:80`;
    const done = await handOver(lab, {
      rules: [
        '--set 900 3 0',
        `-A ${service} -s wrr`,
        `-a ${service} -r 10.0.2.11 -i -w 10 -x 900 -y 800`,
        // Nobody is sent there: it shows that options of others survive.
        `-a ${service} -r 10.0.2.13 -i -w 0 --tun-type gue --tun-port 6080 --tun-nocsum`,
      ],
      args: ['--from', '10.0.2.11', '--to', '10.0.2.12', ...quick],
      target: { address: virtualAddresses.v4.tunnel, port: 80 },
      perSecond: 50,
    });
    expect(done.stderr).toBe('');
    expect(failures(done)).toEqual([]);
    expect([...done.after].sort()).toEqual(
      replaced(done.before, (rule) => rule.replace('10.0.2.11', '10.0.2.12')),
    );
  });

  test('over IPv6 is the same', async () => {
    const service = `-t [${virtualAddresses.v6.nat}]:80`;
    const done = await handOver(lab, {
      rules: [`-A ${service} -s wrr`, `-a ${service} -r [fd00:2::11]:8080 -m -w 10`],
      args: ['--from', '[fd00:2::11]:8080', '--to', 'FD00:2:0::0012', ...quick],
      target: { address: virtualAddresses.v6.nat, port: 80 },
      perSecond: 50,
    });
    expect(done.stderr).toBe('');
    expect(failures(done)).toEqual([]);
    expect(done.after).toEqual(done.before.map((rule) => rule.replace('fd00:2::11', 'fd00:2::12')));
  });

  test('of a UDP service waits until its flows are silent', async () => {
    const service = `-u ${virtualAddresses.v4.nat}:53`;
    const done = await handOver(lab, {
      rules: ['--set 0 0 3', `-A ${service} -s wrr`, `-a ${service} -r 10.0.2.11:53 -m -w 10`],
      args: ['--from', '10.0.2.11', '--to', '10.0.2.12', ...quick],
      target: { address: virtualAddresses.v4.nat, port: 53, protocol: 'udp' },
      perSecond: 50,
    });
    expect(done.stderr).toBe('');
    expect(failures(done)).toEqual([]);
    expect(done.after).toEqual(done.before.map((rule) => rule.replace('10.0.2.11', '10.0.2.12')));
    const drained = done.events.find((event) => event.type === 'drained');
    const toOld = done.exchanges.filter(({ server }) => server === 'rs1');
    const lastToOldMs = Math.max(...toOld.map(({ atMs }) => atMs));
    // Three seconds of silence but for a jiffy, and one in which it stayed that way. The ramp's end
    // does not count: with few datagrams a second the old server may have its last one before it.
    const silentMs = Date.parse(drained?.at ?? '') - lastToOldMs;
    expect(silentMs).toBeGreaterThanOrEqual(3_000 - 10 + 1_000);
  });

  test('of a service by firewall mark is the same', async () => {
    const service = `-f ${marked.mark}`;
    const done = await handOver(lab, {
      rules: [`-A ${service} -s wrr`, `-a ${service} -r 10.0.2.11:8080 -m -w 10`],
      args: ['--from', '10.0.2.11:8080', '--to', '10.0.2.12', '--service', 'fwm/7', ...quick],
      target: { address: marked.v4, port: 80 },
      perSecond: 50,
    });
    expect(done.stderr).toBe('');
    expect(failures(done)).toEqual([]);
    expect(done.after).toEqual(done.before.map((rule) => rule.replace('10.0.2.11', '10.0.2.12')));
  });
});
