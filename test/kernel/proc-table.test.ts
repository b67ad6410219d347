import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseEvents } from '../support/drain-command.ts';
import { until } from '../support/eventually.ts';
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
const handOver = ['--from', '10.0.2.11:8080', '--to', '10.0.2.12:8080', '--output', 'json'];
const args = [...handOver, '--over', '0s', '--settle', '1s', '--poll', '500ms'];

/**
 * A program named `ipvsadm` in a folder of its own; `script` has the real one as `$real`, what it was given
 * as `$lines`, and the folder as `$here`.
 */
async function wrapper(lab: Lab, name: string, script: string): Promise<string> {
  const folder = join(lab.folder, name);
  const { stdout } = await lab.run(['sh', '-c', `mkdir -p ${folder}; command -v ipvsadm`]);
  const file = join(folder, 'ipvsadm');
  const head = `#!/bin/bash\nreal=${stdout.trim()} here=${folder} lines=$(cat)\n`;
  await lab.writeFile(file, head + script);
  await lab.run(['chmod', '+x', file]);
  return folder;
}

const counts = 'echo "$*" >>"$here/calls"; exec "$real" "$@" <<<"$lines"';

/** Edits the table of its own namespace in the same way, and shows the director's. */
const mirrors = `"$real" "$@" <<<"$lines" >/dev/null
exec ip netns exec director "$real" "$@" <<<"$lines"`;

/** Changes the old server once, right after a listing in mid-ramp, to a weight that no step has. */
const meddles = `"$real" "$@" <<<"$lines"
code=$?
if [[ ! -e $here/done && $lines == *--thresholds* && $lines != *"-e "* ]] &&
  "$real" -Sn | grep -q '10.0.2.12:8080 -m -w [1-9]'; then
  touch "$here/done"
  "$real" -e ${service} -r 10.0.2.11:8080 -m -w 55555
fi
exit $code`;

const startDrain = (
  lab: Lab,
  path: string,
  words: readonly string[] = args,
  namespace?: string,
): Promise<LabProcess> =>
  lab.spawn(
    [
      'sh',
      '-c',
      `PATH=${path}:$PATH exec "$NODE" "$LAB_REPO/bin/drain.js" "$@"`,
      'drain',
      ...words,
    ],
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

describeKernel("the kernel's own file", (lab) => {
  test('has samples that cost a process only now and then, and are what ipvsadm lists', async () => {
    await lab.setTable(...rules);
    await hold(lab);
    const path = await wrapper(lab, 'counts', counts);
    const calls = join(path, 'calls');
    const run = await startDrain(lab, path);
    await run.line((line) => line.includes('"quiesced"'), 60_000);
    const before = await countLines(lab, calls);
    const sampledBefore = openOnOld(run).length;
    await until(() => openOnOld(run).length >= sampledBefore + 13);
    const sampled = openOnOld(run).slice(sampledBefore);
    const called = (await countLines(lab, calls)) - before;
    expect(called).toBeLessThanOrEqual(6);
    expect(sampled.length).toBeGreaterThan(2 * called);
    expect(new Set(sampled)).toEqual(new Set([1]));
    await lab.clients.release();
    expect(await run.ended).toMatchObject({ exitCode: 0 });
    expect(await lab.table()).toHaveLength(2);
  });

  test('of another network namespace removes no server with a connection', async () => {
    await lab.setTable(...rules);
    await hold(lab);
    // The same table, and without any connection.
    const stdin = ['-C', ...rules, ''].join('\n');
    expect(await lab.run(['ipvsadm', '-R'], { namespace: 'rs5', stdin })).toMatchObject({
      exitCode: 0,
    });
    try {
      const path = await wrapper(lab, 'mirrors', mirrors);
      const run = await startDrain(lab, path, args, 'rs5');
      await run.line((line) => line.includes('"quiesced"'), 60_000);
      // The file was believed: it has the weights that ipvsadm has listed. A removal is not made from it,
      // however often it says that there is nothing to wait for: three times would be enough.
      const saying = (count: number) => openOnOld(run).filter((one) => one === count).length;
      await until(() => saying(0) >= 9 && saying(1) >= 2);
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

  test('tells of an edit that somebody made after the listing before a step, which is kept', async () => {
    await lab.setTable(...rules.map((rule) => rule.replace('-w 1', '-w 100')));
    const path = await wrapper(lab, 'meddles', meddles);
    const run = await startDrain(lab, path, [...handOver, '--over', '20s', '--every', '2s']);
    expect(await run.ended).toMatchObject({ exitCode: 6 });
    expect(run.stdout.at(-1)).toContain('"outcome":"held"');
    expect((await lab.table()).join('\n')).toContain('-r 10.0.2.11:8080 -m -w 55555');
  });
});

const countLines = async (lab: Lab, file: string): Promise<number> =>
  (await lab.readFile(file)).split('\n').length - 1;
