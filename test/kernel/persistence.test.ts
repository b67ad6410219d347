import { expect, test } from 'vitest';
import { failures, handOver } from '../support/kernel-hand-over.ts';
import { describeKernel } from '../support/lab/describe-kernel.ts';
import { virtualAddresses } from '../support/lab/topology.ts';

const nat = { address: virtualAddresses.v4.nat, port: 80 };
const service = `-t ${nat.address}:80`;

describeKernel('a persistent service whose clients keep coming back', (lab) => {
  const run = (deadline: string) =>
    handOver(lab, {
      rules: [`-A ${service} -s wrr -p 60`, `-a ${service} -r 10.0.2.11:8080 -m -w 1`],
      args: [
        ...['--from', '10.0.2.11', '--to', '10.0.2.12', '--over', '2s', '--every', '1s'],
        ...['--settle', '4s', '--drain-timeout', deadline],
      ],
      target: nat,
      perSecond: 2,
    });

  test('is held at the deadline for the reason of persistence while templates are followed', async () => {
    const done = await run('12s');
    expect(done.exitCode).toBe(4);
    expect(failures(done)).toEqual([]);
    expect(done.events).toContainEqual(
      expect.objectContaining({ type: 'not-draining', reason: 'persistence' }),
    );
    expect(done.after.join('\n')).toContain('10.0.2.11:8080 -m -w 0');
  });

  test('is drained when expire_quiescent_template sends them elsewhere', async () => {
    await lab.sysctl('director', 'net.ipv4.vs.expire_quiescent_template', 1);
    const done = await run('40s');
    expect(done.stderr).toBe('');
    expect(done.exitCode).toBe(0);
    expect(failures(done)).toEqual([]);
    expect(done.after.join('\n')).not.toContain('10.0.2.11');
  });
});
