import { expect, test } from 'vitest';
import { parseEvents } from '../support/drain-command.ts';
import { failures, handOver } from '../support/kernel-hand-over.ts';
import { describeKernel } from '../support/lab/describe-kernel.ts';
import { marked, virtualAddresses } from '../support/lab/topology.ts';
import { timedSteps } from '../support/step-times.ts';

const quick = ['--over', '5s', '--every', '1s', '--settle', '1s'];
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
      perSecond: 40,
    });
    expect(done.stderr).toBe('');
    expect(done.exitCode).toBe(0);
    expect(failures(done)).toEqual([]);
    expect(done.after).toEqual(done.before.map((rule) => rule.replace('10.0.2.11', '10.0.2.12')));
    expect(done.events.at(-1)).toMatchObject({ type: 'finished', outcome: 'done' });
    // The kernel delivered to both, and in the end to the new one alone.
    expect(done.tally.rs1).toBeGreaterThan(80);
    expect(done.tally.rs2).toBeGreaterThan(80);
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
      perSecond: 40,
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
      perSecond: 12,
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
      perSecond: 12,
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
      perSecond: 12,
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
      perSecond: 12,
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
      perSecond: 12,
    });
    expect(done.stderr).toBe('');
    expect(failures(done)).toEqual([]);
    expect(done.after).toEqual(done.before.map((rule) => rule.replace('10.0.2.11', '10.0.2.12')));
  });

  test('under wlc is refused for a canary, and exact under wrr while it lasts', async () => {
    const rules = [`-A ${natService} -s wlc`, `-a ${natService} -r 10.0.2.11:8080 -m -w 100`];
    const steps = ['--steps', '5,100', '--every', '4s', '--settle', '1s'];
    const args = ['--from', '10.0.2.11', '--to', '10.0.2.12', ...steps];
    await lab.setTable(...rules);
    const held = await lab.clients.hold({ ...nat, kind: 'idle', count: 40 });
    const refused = await lab.drain(['plan', ...args]);
    expect(refused.exitCode).toBe(3);
    expect(refused.stderr).toContain('its scheduler wlc counts connections');
    expect(refused.stderr).toContain('--set-scheduler wrr --restore-scheduler');
    const before = await lab.table();
    const load = await lab.clients.load({ ...nat, perSecond: 40 });
    const run = await lab.drain(
      [
        ...[...args, '--set-scheduler', 'wrr', '--restore-scheduler'],
        ...['--drain-timeout', '1s', '--on-timeout', 'remove', '--output', 'json'],
      ],
      { timeoutMs: 120_000 },
    );
    const exchanges = await load.stop();
    await lab.clients.release(held);
    expect(run.stderr).toBe('');
    expect(run.exitCode).toBe(0);
    expect(await lab.table()).toEqual(before.map((rule) => rule.replace('10.0.2.11', '10.0.2.12')));
    expect(before[0]).toContain('-s wlc');
    const [, canary, whole] = timedSteps(parseEvents(run.stdout));
    const fromMs = Date.parse(canary?.event.at ?? '');
    const amid = exchanges.filter(({ atMs }) => atMs > fromMs && atMs < (whole?.begunMs ?? fromMs));
    // wlc would have sent all of them to the new server, until it had as many open as its weight asks.
    const toNew = amid.filter(({ server }) => server === 'rs2').length / amid.length;
    expect(toNew).toBeGreaterThan(0);
    expect(toNew).toBeLessThan(0.15);
  });

  test('under sh gives a bystander its share, which weights beyond 256 places had left out', async () => {
    const done = await handOver(lab, {
      rules: [
        `-A ${natService} -s sh -b sh-fallback,sh-port`,
        `-a ${natService} -r 10.0.2.13:8080 -m -w 100`,
        // The newest server comes first in the kernel's list, and takes all the places.
        `-a ${natService} -r 10.0.2.11:8080 -m -w 300`,
      ],
      args: ['--from', '10.0.2.11', '--to', '10.0.2.12', '--keep', ...quick],
      target: nat,
      perSecond: 40,
    });
    expect(done.stderr).toBe('');
    expect(done.exitCode).toBe(0);
    expect(failures(done)).toEqual([]);
    const steps = done.events.filter((event) => event.type === 'step-applied');
    const warned = done.events.find(
      (event) => event.type === 'warning' && event.code === 'scheduler-out-of-places',
    );
    expect(warned).toBeDefined();
    expect(steps[0]).toMatchObject({
      weights: { '10.0.2.11:8080': 192, '10.0.2.12:8080': 0, '10.0.2.13:8080': 64 },
    });
    const [first = '', last = ''] = [steps[0]?.at, steps.at(-1)?.at];
    const shareOf = (amid: typeof done.exchanges) =>
      amid.filter(({ server }) => server === 'rs3').length / amid.length;
    const startMs = Date.parse(done.events[0]?.at ?? '');
    expect(shareOf(done.exchanges.filter(({ atMs }) => atMs < startMs))).toBe(0);
    const ramp = done.exchanges.filter(
      ({ atMs }) => atMs > Date.parse(first) && atMs < Date.parse(last),
    );
    expect(shareOf(ramp)).toBeGreaterThan(0.15);
    expect(shareOf(ramp)).toBeLessThan(0.35);
  });
});
