import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseEvents } from '../support/drain-command.ts';
import { eventually } from '../support/eventually.ts';
import { tally } from '../support/lab/clients.ts';
import { describeKernel } from '../support/lab/describe-kernel.ts';
import type { Lab } from '../support/lab/lab.ts';
import { virtualAddresses } from '../support/lab/topology.ts';

const nat = { address: virtualAddresses.v4.nat, port: 80 };
const service = `-t ${nat.address}:80`;
const rules = [
  `-A ${service} -s wrr`,
  `-a ${service} -r 10.0.2.11:8080 -m -w 100`,
  `-a ${service} -r 10.0.2.13:8080 -m -w 25`,
];

const clock = (ms: number): string => new Date(ms).toISOString().slice(11, 16);

/** A window of the last hour that shuts at the next full minute which leaves time for some steps. */
async function soonOver(lab: Lab): Promise<string> {
  const { stdout } = await lab.run(['date', '+%s%3N']);
  const shutsMs = Math.ceil((Number(stdout) + 15_000) / 60_000) * 60_000;
  return `{hours: ${clock(shutsMs - 3_600_000)}-${clock(shutsMs)}, zone: UTC}`;
}

describeKernel('a window that shuts', (lab) => {
  const state = () => ['--state', join(lab.folder, 'windows'), '--output', 'json'];

  test('in the middle of a ramp has the next step wait, and a rollback is allowed', async () => {
    await lab.setTable(...rules);
    const before = await lab.table();
    const file = join(lab.folder, 'window.yaml');
    const pace = 'over: 5m\nevery: 2s\nsettle: 1s\nnoCheck: true\n';
    await lab.writeFile(
      file,
      `from: 10.0.2.11\nto: 10.0.2.12\n${pace}windows: [${await soonOver(lab)}]\n`,
    );
    const load = await lab.clients.load({ ...nat, perSecond: 20 });
    const run = await lab.startDrain(['apply', file, ...state()]);
    const [waiting] = parseEvents(await run.line((text) => text.includes('"waiting"'), 100_000));
    expect(waiting).toMatchObject({ type: 'waiting', reason: 'window' });
    const rollout = waiting?.rollout ?? '';
    const standing = await lab.table();
    expect(standing).not.toEqual(before);
    // The event comes as soon as the window has shut, and the next step is due a little later.
    await eventually(async () => {
      const status = await lab.drain(['status', ...state()]);
      expect(JSON.parse(status.stdout)).toMatchObject({ rollout, waitingFor: 'window' });
    });
    // Two steps would be due by now.
    await lab.run(['sleep', '5']);
    expect(await lab.table()).toEqual(standing);
    const back = await lab.drain(['rollback', rollout, ...state()]);
    expect(back.exitCode, back.stderr).toBe(0);
    await run.ended;
    expect(await lab.table()).toEqual(before);
    const counts = tally(await load.stop());
    expect(Object.keys(counts).filter((name) => name.startsWith('!'))).toEqual([]);
  }, 180_000);

  test('behind the ramp lets the drain go on, and the old server leaves', async () => {
    await lab.setTable(...rules);
    const file = join(lab.folder, 'drain.yaml');
    const window = await soonOver(lab);
    await lab.clients.hold({ ...nat, kind: 'idle', count: 5 });
    await lab.writeFile(
      file,
      `from: 10.0.2.11\nto: 10.0.2.12\nover: 0s\nsettle: 1s\nnoCheck: true\nwindows: [${window}]\n`,
    );
    const run = await lab.startDrain(['apply', file, ...state()]);
    await run.line((text) => text.includes('"quiesced"'), 60_000);
    const shuts = /-(\d\d:\d\d),/.exec(window)?.[1] ?? '';
    await lab.run(['sh', '-c', `while [ "$(date -u +%H:%M)" != ${shuts} ]; do sleep 1; done`]);
    await lab.clients.release();
    const { exitCode } = await run.ended;
    expect(exitCode, run.stderr.join('\n')).toBe(0);
    const events = parseEvents(run.stdout.join('\n'));
    expect(events.filter(({ type }) => type === 'waiting')).toEqual([]);
    expect((await lab.table()).join('\n')).not.toContain('10.0.2.11');
  }, 180_000);
});
