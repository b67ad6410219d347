import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { parseEvents } from '../support/drain-command.ts';
import { describeKernel } from '../support/lab/describe-kernel.ts';
import type { Lab } from '../support/lab/lab.ts';
import type { LabProcess } from '../support/lab/process.ts';
import { virtualAddresses } from '../support/lab/topology.ts';

const address = virtualAddresses.v4.nat;
const service = `-t ${address}:80`;
const rules = [
  `-A ${service} -s wrr`,
  `-a ${service} -r 10.0.2.11:8080 -m -w 1`,
  `-a ${service} -r 10.0.2.12:8080 -m -w 0`,
];
const args = [
  ...['--from', '10.0.2.11:8080', '--to', '10.0.2.12:8080', '--over', '0s'],
  ...['--settle', '1s', '--poll', '500ms', '--output', 'json'],
];

/** A program named `ipvsadm` that writes down each call, and goes wherever `words` lead. */
async function wrapper(lab: Lab, words = ''): Promise<{ path: string; calls: string }> {
  const folder = join(lab.folder, `wrapped-${words === '' ? 'here' : 'elsewhere'}`);
  const calls = join(folder, 'calls');
  const { stdout } = await lab.run(['sh', '-c', `mkdir -p ${folder}; command -v ipvsadm`]);
  const file = join(folder, 'ipvsadm');
  const text = `#!/bin/sh\necho "$*" >>${calls}\nexec ${words} ${stdout.trim()} "$@"\n`;
  await lab.writeFile(file, text);
  await lab.run(['chmod', '+x', file]);
  return { path: folder, calls };
}

const startDrain = (lab: Lab, path: string, namespace?: string): Promise<LabProcess> =>
  lab.spawn(
    ['sh', '-c', `PATH=${path}:$PATH exec "$NODE" "$LAB_REPO/bin/drain.js" "$@"`, 'drain', ...args],
    namespace === undefined ? {} : { namespace },
  );

const openOnOld = (run: LabProcess): readonly number[] =>
  parseEvents(run.stdout.join('\n')).flatMap((event) =>
    event.type === 'sampled' && event.server === '10.0.2.11:8080' && event.weight === 0
      ? [event.activeConn]
      : [],
  );

const hold = (lab: Lab) =>
  lab.clients.hold({ address, port: 80, kind: 'keep-alive', seconds: 60, everyMs: 500 });

describeKernel('samples', (lab) => {
  test('cost a process only now and then, and are what ipvsadm lists', async () => {
    await lab.setTable(...rules);
    await hold(lab);
    const { path, calls } = await wrapper(lab);
    const run = await startDrain(lab, path);
    await run.line((line) => line.includes('"quiesced"'), 60_000);
    const before = await countLines(lab, calls);
    const sampledBefore = openOnOld(run).length;
    await sleep(12_000);
    const sampled = openOnOld(run).slice(sampledBefore);
    expect(sampled.length).toBeGreaterThan(12);
    expect(new Set(sampled)).toEqual(new Set([1]));
    expect((await countLines(lab, calls)) - before).toBeLessThanOrEqual(6);
    await lab.clients.release();
    expect(await run.ended).toMatchObject({ exitCode: 0 });
    expect(await lab.table()).toHaveLength(2);
  });

  test('from the file of another network namespace remove no server with a connection', async () => {
    await lab.setTable(...rules);
    await hold(lab);
    // As the rollout leaves the table that it edits, and without any connection.
    const twin = [rules[0], rules[1]?.replace('-w 1', '-w 0'), rules[2]?.replace('-w 0', '-w 1')];
    const stdin = ['-C', ...twin, ''].join('\n');
    expect(await lab.run(['ipvsadm', '-R'], { namespace: 'rs5', stdin })).toMatchObject({
      exitCode: 0,
    });
    try {
      const { path } = await wrapper(lab, 'ip netns exec director');
      const run = await startDrain(lab, path, 'rs5');
      await run.line((line) => line.includes('"quiesced"'), 60_000);
      await sleep(12_000);
      // The file was believed: it has the weights that ipvsadm has listed. A removal is not made from it.
      expect(new Set(openOnOld(run))).toEqual(new Set([0, 1]));
      expect(await lab.table()).toHaveLength(3);
      const [held] = await lab.clients.held();
      expect(held).toMatchObject({ state: 'open', server: 'rs1', error: null });
      await lab.clients.release();
      expect(await run.ended).toMatchObject({ exitCode: 0 });
    } finally {
      await lab.run(['ipvsadm', '-C'], { namespace: 'rs5' });
    }
  });
});

const countLines = async (lab: Lab, file: string): Promise<number> =>
  (await lab.readFile(file)).split('\n').length - 1;
