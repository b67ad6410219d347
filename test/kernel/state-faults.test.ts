import { expect, test } from 'vitest';
import { parseEvents } from '../support/drain-command.ts';
import { stepReached } from '../support/kernel-hand-over.ts';
import { tally } from '../support/lab/clients.ts';
import { describeKernel } from '../support/lab/describe-kernel.ts';
import type { LabProcess } from '../support/lab/process.ts';
import { virtualAddresses } from '../support/lab/topology.ts';

const nat = { address: virtualAddresses.v4.nat, port: 80 };
const service = `-t ${nat.address}:80`;
const rules = [
  `-A ${service} -s wrr`,
  `-a ${service} -r 10.0.2.11:8080 -m -w 100`,
  `-a ${service} -r 10.0.2.13:8080 -m -w 25`,
];
/** Steps enough that their entries need more than the page which the journal has left. */
const ramp = ['--over', '9s', '--every', '300ms', '--settle', '1s', '--output', 'json'];
const disk = '/run/state-disk';
const state = ['--state', `${disk}/state`];

describeKernel('a state folder under traffic', (lab) => {
  const must = async (...argv: readonly string[]): Promise<void> => {
    const { exitCode, stderr } = await lab.run(argv);
    if (exitCode !== 0) throw new Error(`${argv.join(' ')}: ${stderr}`);
  };

  /** A small disk of its own for the state, for as long as the test runs. */
  const withDisk = async (mount: readonly string[], use: () => Promise<void>): Promise<void> => {
    await must('mkdir', '-p', disk);
    await must('mount', ...mount, disk);
    try {
      await use();
    } finally {
      await lab.run(['umount', '-l', disk]);
    }
  };

  const start = () =>
    lab.startDrain(['--from', '10.0.2.11', '--to', '10.0.2.12', ...ramp, ...state]);

  const eventsOf = (run: LabProcess) => parseEvents(run.stdout.map((line) => `${line}\n`).join(''));
  /** The table as it is planned for the last step that the events told of, and for the one after. */
  function possibleTables(run: LabProcess): readonly (readonly string[])[] {
    const events = eventsOf(run);
    const [planned] = events.flatMap((event) => (event.type === 'planned' ? event.services : []));
    const applied = events.findLast((event) => event.type === 'step-applied');
    if (!planned || applied?.type !== 'step-applied') throw new Error('no step was applied');
    return [applied.step, applied.step + 1].map((step) => {
      const weights = planned.steps[step]?.weights ?? {};
      const servers = Object.entries(weights).map(
        ([server, weight]) => `-a ${service} -r ${server} -m -w ${weight}`,
      );
      return [`-A ${service} -s wrr`, ...servers.sort()];
    });
  }

  /** Held, exit 7, with the table of the step that was reached, or of the one that was under way. */
  async function expectHeld(run: LabProcess, reason: string): Promise<void> {
    expect(await run.ended).toMatchObject({ exitCode: 7 });
    const stderr = run.stderr.join('\n');
    expect(stderr).toContain('the journal cannot be written');
    expect(stderr).toContain(reason);
    expect(eventsOf(run).at(-1)).toMatchObject({ type: 'finished', outcome: 'held', exitCode: 7 });
    const [first = '', ...servers] = await lab.table();
    expect(possibleTables(run)).toContainEqual([first, ...servers.sort()]);
  }

  async function expectResumed(run: LabProcess, before: readonly string[]): Promise<void> {
    const rollout = eventsOf(run)[0]?.rollout ?? '';
    expect(run.stderr.join('\n')).toContain(`drain resume ${rollout}`);
    const resumed = await lab.drain(['resume', rollout, '--output', 'json', ...state]);
    expect(resumed).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await lab.table()).toEqual(before.map((rule) => rule.replace('10.0.2.11', '10.0.2.12')));
  }

  test(
    'that becomes full in mid-ramp holds the rollout, which goes on when there is room',
    () =>
      withDisk(['-t', 'tmpfs', '-o', 'size=128k', 'tmpfs'], async () => {
        await lab.setTable(...rules);
        const load = await lab.clients.load({ ...nat, perSecond: 12 });
        const before = await lab.table();
        const run = await start();
        await stepReached(run, 3);
        // As much as there is: its failure is the point.
        await lab.run(['dd', 'if=/dev/zero', `of=${disk}/ballast`, 'bs=4k']);
        await expectHeld(run, 'the disk is full');
        await must('rm', `${disk}/ballast`);
        await expectResumed(run, before);
        expect(Object.keys(tally(await load.stop())).sort()).toEqual(['rs1', 'rs2', 'rs3']);
      }),
    90_000,
  );

  test(
    'that is full for a moment does not keep a guard from a dead server, nor leaves a lock behind',
    () =>
      withDisk(['-t', 'tmpfs', '-o', 'size=128k', 'tmpfs'], async () => {
        await lab.setTable(...rules);
        const file = '/run/guard-of-full-disk.yaml';
        await lab.writeFile(
          file,
          `poll: 500ms
services:
  - service: 'tcp/${nat.address}:80'
    check: 'http://{address}:{port}/healthz'
    interval: 300ms
    timeout: 300ms
`,
        );
        const guard = await lab.startDrain(['guard', file, '--output', 'json', ...state]);
        const said = (...words: readonly string[]) =>
          guard.line((line) => words.every((word) => line.includes(word)), 30_000);
        await said('guard-started');
        await lab.run(['dd', 'if=/dev/zero', `of=${disk}/ballast`, 'bs=4k']);
        await lab.servers[2]?.behave('error', { path: '/healthz' });
        await said('"warning"', 'no space left');
        expect((await lab.table()).join('\n')).toContain('10.0.2.13:8080 -m -w 25');
        await must('rm', `${disk}/ballast`);
        await said('"weight-set"', '"to":0');
        expect((await lab.table()).join('\n')).toContain('10.0.2.13:8080 -m -w 0');
        const rollout = await lab.drain([
          ...['--from', '10.0.2.11', '--to', '10.0.2.12', '--over', '0s', '--settle', '100ms'],
          ...['--output', 'json', ...state],
        ]);
        expect(rollout).toMatchObject({ exitCode: 0, stderr: '' });
        await guard.kill();
      }),
    90_000,
  );

  test('that becomes read-only in mid-ramp holds the rollout, which goes on when it can be written', async () => {
    const device = '/run/state-device';
    await must('modprobe', 'brd', 'rd_nr=1', 'rd_size=8192');
    await must('mknod', device, 'b', '1', '0');
    await must('mkfs.ext4', '-q', device);
    await withDisk([device], async () => {
      await lab.setTable(...rules);
      const load = await lab.clients.load({ ...nat, perSecond: 12 });
      const before = await lab.table();
      const run = await start();
      await stepReached(run, 3);
      // What the kernel does after an error of the disk, whoever has files open there.
      await lab.writeFile('/proc/sysrq-trigger', 'u');
      await expectHeld(run, 'read-only');
      await must('mount', '-o', 'remount,rw', disk);
      await expectResumed(run, before);
      expect(Object.keys(tally(await load.stop())).sort()).toEqual(['rs1', 'rs2', 'rs3']);
    });
    await must('rm', device);
  }, 90_000);

  test(
    'that is removed in mid-ramp holds the rollout, and another one finishes it',
    () =>
      withDisk(['-t', 'tmpfs', 'tmpfs'], async () => {
        await lab.setTable(...rules);
        const load = await lab.clients.load({ ...nat, perSecond: 12 });
        const run = await start();
        await stepReached(run, 3);
        // The rollout writes there meanwhile: a folder that got a file in between is not empty.
        await must('sh', '-c', `until rm -rf ${disk}/state; do :; done`);
        await expectHeld(run, 'it has been removed');
        const again = [
          '--from',
          '10.0.2.11',
          '--to',
          '10.0.2.12',
          ...ramp,
          ...state,
          '--over',
          '3s',
        ];
        expect(await lab.drain(again)).toMatchObject({ exitCode: 0, stderr: '' });
        expect((await lab.table()).join('\n')).not.toContain('10.0.2.11');
        expect(Object.keys(tally(await load.stop())).sort()).toEqual(['rs1', 'rs2', 'rs3']);
      }),
    90_000,
  );
});
