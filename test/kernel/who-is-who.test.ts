import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseEvents } from '../support/drain-command.ts';
import { eventually } from '../support/eventually.ts';
import { stepReached } from '../support/kernel-hand-over.ts';
import { describeKernel } from '../support/lab/describe-kernel.ts';
import { drainCommand } from '../support/lab/lab.ts';
import type { LabProcess } from '../support/lab/process.ts';
import { virtualAddresses } from '../support/lab/topology.ts';

const service = `-t ${virtualAddresses.v4.nat}:80`;
const rules = [
  `-A ${service} -s wrr`,
  `-a ${service} -r 10.0.2.11:8080 -m -w 100`,
  `-a ${service} -r 10.0.2.13:8080 -m -w 25`,
];
const handOver = ['--from', '10.0.2.11', '--to', '10.0.2.12'];
/** Time for what is asked of it while it runs: each command takes seconds where others are busy too. */
const lasting = (over: string): readonly string[] => [
  ...[...handOver, '--over', over, '--every', '2s', '--settle', '1s', '--output', 'json'],
];
const ramp = lasting('24s');
const follow = ['resume', '--all', '--follow', '--output', 'json'];
/** As in a container with the state folder mounted: the same process numbers mean others. */
const contained = ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc'];

const rolloutOf = async (run: LabProcess): Promise<string> => {
  const line = await run.line((text) => text.includes('"step-applied"'), 60_000);
  return parseEvents(line)[0]?.rollout ?? '';
};

describeKernel('a rollout in another PID namespace', (lab) => {
  const state = () => ['--state', join(lab.folder, 'state')];
  const startContained = (args: readonly string[]): Promise<LabProcess> =>
    lab.spawn([...contained, ...drainCommand, ...args, ...state()]);

  test('is seen to run, excludes others, and is taken over once when it dies', async () => {
    await lab.setTable(...rules);
    const before = await lab.table();
    const first = await startContained(ramp);
    const rollout = await rolloutOf(first);
    const followers = await Promise.all([
      lab.startDrain([...follow, ...state()]),
      startContained(follow),
    ]);
    const status = await lab.drain(['status', ...state()]);
    expect(status.stdout).toContain(`${rollout}  running`);
    const second = await lab.drain([...ramp, ...state()]);
    expect(second.exitCode).toBe(6);
    expect(second.stderr).toContain(`in rollout ${rollout} (process `);
    await stepReached(first, 2);
    await first.signal('SIGKILL');
    await first.ended;
    const journal = join(lab.folder, 'state', 'rollouts', `${rollout}.jsonl`);
    const written = async () => (await lab.run(['cat', journal])).stdout;
    await eventually(async () => expect(await written()).toContain('"type":"ended"'));
    // unshare(1) hands no other signal on.
    for (const follower of followers) await follower.signal('SIGKILL');
    for (const follower of followers) await follower.ended;
    const entries = (await written()).trimEnd().split('\n');
    const types = entries.map((line) => (JSON.parse(line) as { readonly type: string }).type);
    expect(types.filter((type) => type === 'resumed')).toHaveLength(1);
    expect(types.filter((type) => type === 'ended')).toHaveLength(1);
    expect(await lab.table()).toEqual(before.map((rule) => rule.replace('10.0.2.11', '10.0.2.12')));
  }, 300_000);

  test('that has just died is resumed by the one attempt of a boot, and one that lives is left alone', async () => {
    await lab.setTable(...rules);
    const before = await lab.table();
    const first = await startContained(lasting('14s'));
    const rollout = await rolloutOf(first);
    const all = ['resume', '--all', ...state()];
    const living = await lab.drain(all);
    expect(living.exitCode, living.stderr).toBe(0);
    expect(living.stderr).toContain('no rollout was cut off');
    await first.signal('SIGKILL');
    await first.ended;
    const dead = await lab.drain([...all, '--output', 'json'], { timeoutMs: 120_000 });
    expect(dead.exitCode, dead.stderr).toBe(0);
    expect(dead.stdout).toContain(`"rollout":"${rollout}","type":"finished","outcome":"done"`);
    expect(await lab.table()).toEqual(before.map((rule) => rule.replace('10.0.2.11', '10.0.2.12')));
  }, 300_000);
});

describeKernel('a table', (lab) => {
  test('is one, whatever words lead there and wherever the state is kept', async () => {
    await lab.setTable(...rules);
    const [a, b] = [join(lab.folder, 'a'), join(lab.folder, 'b')];
    const run = await lab.startDrain([...ramp, '--state', a]);
    const rollout = await rolloutOf(run);
    const others = [['--ipvsadm', '/sbin/ipvsadm'], []];
    for (const words of others) {
      for (const state of [a, b]) {
        const other = await lab.drain([
          ...['--from', '10.0.2.13', '--to', '10.0.2.14', '--over', '0s'],
          ...['--state', state, ...words],
        ]);
        expect(other.exitCode, other.stderr).toBe(6);
        expect(other.stderr).toContain(`in rollout ${rollout} (process `);
        if (state === b) expect(other.stderr).toContain(`with the state in ${a}`);
      }
    }
    expect(await run.ended).toMatchObject({ exitCode: 0 });
  }, 120_000);

  test('keeps what is held in one state folder known to every other, until it is ended there', async () => {
    await lab.setTable(...rules);
    const before = await lab.table();
    const [a, b] = [join(lab.folder, 'a'), join(lab.folder, 'b')];
    const run = await lab.startDrain([...ramp, '--state', a]);
    const rollout = await rolloutOf(run);
    await run.signal('SIGTERM');
    expect(await run.ended).toMatchObject({ exitCode: 143 });
    const other = ['--from', '10.0.2.13', '--to', '10.0.2.14', '--over', '0s', '--no-check'];
    const inB = () => lab.drain([...other, '--ipvsadm', '/sbin/ipvsadm', '--state', b]);
    const refused = await inB();
    expect(refused.exitCode, refused.stderr).toBe(6);
    expect(refused.stderr).toContain(`drain rollback ${rollout} --state ${a}`);
    const back = await lab.drain(['rollback', rollout, '--state', a]);
    expect(back.exitCode, back.stderr).toBe(0);
    expect(await lab.table()).toEqual(before);
    expect((await inB()).exitCode).toBe(0);
  }, 120_000);
});
