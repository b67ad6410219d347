import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DrainEvent } from '../../src/domain/events/event.ts';
import type { JournalEntry } from '../../src/rollout/state/journal.ts';
import { createFileStore } from '../../src/store/folder/file-store.ts';
import { drain, withFolder } from '../support/drain-command.ts';
import { buildFakeIpvsadm, type FakeIpvsadm } from '../support/fake-ipvsadm.ts';
import { type RunningDrain, startDrain } from '../support/running-drain.ts';

const service = '-t 10.0.0.100:80';
const table = `-A ${service} -s wrr
-a ${service} -r 10.0.0.1:80 -m -w 4
-a ${service} -r 10.0.0.3:80 -m -w 2
`;
const weights = (old: number, fresh: number, bystander: number): string => `-A ${service} -s wrr
-a ${service} -r 10.0.0.1:80 -m -w ${old}
-a ${service} -r 10.0.0.2:80 -m -w ${fresh}
-a ${service} -r 10.0.0.3:80 -m -w ${bystander}
`;
const replaced = weights(0, 4, 2).replace(`-a ${service} -r 10.0.0.1:80 -m -w 0\n`, '');
const handOver = ['--from', '10.0.0.1', '--to', '10.0.0.2', '--output', 'json'];
const quick = [...handOver, '--over', '2s', '--every', '500ms', '--settle', '500ms'];

/** Steps far enough apart for a busy machine. */
const slow = [...quick, '--over', '6s', '--every', '1500ms'];

let built: FakeIpvsadm;
beforeAll(async () => {
  built = await buildFakeIpvsadm();
});
afterAll(() => built.remove());

let tables = 0;
const withFake = (use: (fake: FakeIpvsadm, state: string) => Promise<void>): Promise<void> =>
  withFolder(async (folder) => {
    const fake = built.another(`table-${tables++}`);
    await fake.reset(table);
    await use(fake, join(folder, 'state'));
  });

const atLeastStep = (step: number) => (event: DrainEvent) =>
  event.type === 'step-applied' && event.step >= step;

/** Real time has to pass between two signals: closer together they count as one. */
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function journalOf(run: RunningDrain, state: string): Promise<readonly JournalEntry[]> {
  const entries = await createFileStore(state).read(run.events()[0]?.rollout ?? '');
  if (!entries.ok) throw new Error(entries.failure.what);
  return entries.value;
}

function stepOf(entry: JournalEntry | undefined): number {
  if (entry?.type !== 'intended' || entry.milestone.kind !== 'step') throw new Error('no step');
  return entry.milestone.step;
}

function expectBothCommands(run: RunningDrain, stderr: string): void {
  const rollout = run.events()[0]?.rollout;
  expect(stderr).toContain(`go on:   drain resume ${rollout} --state `);
  expect(stderr).toContain(`go back: drain rollback ${rollout}`);
}

it('what was held on one of two directors is why they differ, and is named with its ways out', () =>
  withFolder(async (folder) => {
    const fakes = [built.another('lb1'), built.another('lb2')];
    for (const fake of fakes) await fake.reset(table);
    const directors = Object.fromEntries(
      fakes.map(({ remote }, i) => [`lb${i + 1}`, { director: 'local', ipvsadm: remote }]),
    );
    await writeFile(join(folder, 'drain.yaml'), JSON.stringify({ directors }));
    const options = { cwd: folder };
    const state = ['--state', 'state'];
    const ramp = [...handOver, '--no-check', '--over', '1h', '--every', '1s', '--director', 'lb1'];
    const run = startDrain([...ramp, ...state], {}, options);
    await run.event(atLeastStep(1));
    run.signal('SIGINT');
    expect((await run.ended).exitCode).toBe(130);
    const rollout = run.events()[0]?.rollout;
    const both = ['--director', 'lb1', '--director', 'lb2', ...state];
    const retiring = join(folder, 'retire.yaml');
    await writeFile(retiring, 'from: 10.0.0.3\n');
    const others = [
      ['weight', '10.0.0.3=1', '--no-check'],
      ['out', '10.0.0.3'],
      ['around', '10.0.0.3', '--', 'true'],
      ['apply', retiring],
      [...handOver, '--no-check'],
    ];
    for (const next of others) {
      const { exitCode, stderr } = await drain([...both, ...next], options);
      expect(exitCode, stderr).toBe(6);
      expect(stderr).toContain(`tcp/10.0.0.100:80 is in rollout ${rollout} (`);
      expect(stderr).toContain(`drain resume ${rollout}`);
      expect(stderr).not.toContain('--allow-differences');
    }
  }));

describe.concurrent('SIGINT and SIGTERM', () => {
  it.each([
    ['SIGINT', 130, 1],
    ['SIGTERM', 143, 1],
    ['SIGINT', 130, 2],
  ] as const)(
    '%s in the middle of a batch (exit %i, sent %i times) lets it end, and its end is in the journal',
    (signal, expected, times) =>
      withFake(async (fake, state) => {
        await fake.setFaults({ of: 'edits', from: 2, sleepMs: 1_300 });
        const run = startDrain([...slow, '--state', state], fake.env);
        await fake.asleep();
        run.signal(signal);
        if (times === 2) {
          await pause(700);
          run.signal(signal);
        }
        const { exitCode, stderr } = await run.ended;
        expect(exitCode).toBe(expected);
        const [intended, reached, ended] = (await journalOf(run, state)).slice(-3);
        const step = stepOf(intended);
        expect(reached).toMatchObject({ type: 'reached', milestone: { kind: 'step', step } });
        expect(ended).toMatchObject({ type: 'ended', outcome: 'held', exitCode: expected });
        expect(stderr).toContain(`${signal}: held at step ${step} of 4`);
        expectBothCommands(run, stderr);
        expect(await fake.table()).toBe(weights(4 - step, step, 2));
        const [first] = run.events();
        const args = ['resume', first?.rollout ?? '', '--output', 'json', '--state', state];
        const resumed = await drain(args, { env: { ...fake.env } });
        expect(resumed).toMatchObject({ exitCode: 0, stderr: '' });
        expect(await fake.table()).toBe(replaced);
      }),
  );

  it('during the wait for the old server holds at once, with it at weight 0', () =>
    withFake(async (fake, state) => {
      const run = startDrain([...quick, '--settle', '1h', '--state', state], fake.env);
      await run.event((event) => event.type === 'quiesced');
      run.signal('SIGTERM');
      const { exitCode, stderr } = await run.ended;
      expect(exitCode).toBe(143);
      expect(stderr).toContain('SIGTERM: held after the ramp, with 10.0.0.1:80 at weight 0');
      expectBothCommands(run, stderr);
      expect(await fake.table()).toBe(weights(0, 4, 2));
    }));

  const goingBack = [...quick, '--settle', '4s', '--on-interrupt', 'rollback'];

  it('twice end the wait on the way back, with the old weights in force', () =>
    withFake(async (fake, state) => {
      const run = startDrain([...goingBack, '--state', state], fake.env);
      await run.event(atLeastStep(2));
      run.signal('SIGINT');
      // The new server, that is: on a busy machine the old one may have been at weight 0 before.
      await run.event((event) => event.type === 'quiesced' && event.server === '10.0.0.2:80');
      await pause(600);
      run.signal('SIGINT');
      const { exitCode, stderr } = await run.ended;
      expect(exitCode).toBe(130);
      expect(stderr).toContain('SIGINT: held after going back');
      expectBothCommands(run, stderr);
      expect(await fake.table()).toBe(weights(4, 0, 2));
      const [first] = run.events();
      const args = ['resume', first?.rollout ?? '', '--output', 'json', '--state', state];
      const resumed = await drain(args, { env: { ...fake.env } });
      expect(resumed.events().at(-1)).toMatchObject({ outcome: 'rolled-back' });
      expect(await fake.table()).toBe(table);
    }));

  it('two within half a second, as npm hands a Ctrl-C on, are one', () =>
    withFake(async (fake, state) => {
      const run = startDrain([...goingBack, '--state', state], fake.env);
      await run.event(atLeastStep(2));
      // Of one kind the kernel itself might make one of them. Of two that wait for a busy process it
      // runs the handler of the later one first.
      run.signal('SIGINT');
      run.signal('SIGTERM');
      const { exitCode } = await run.ended;
      expect([130, 143]).toContain(exitCode);
      expect(run.events().at(-1)).toMatchObject({ type: 'finished', outcome: 'rolled-back' });
      expect(await fake.table()).toBe(table);
    }));
});

describe.concurrent('a rollout whose terminal goes away', () => {
  it('is done all the same after a SIGHUP', () =>
    withFake(async (fake, state) => {
      const run = startDrain([...quick, '--state', state], fake.env);
      await run.event(atLeastStep(1));
      run.signal('SIGHUP');
      expect(await run.ended).toEqual({ exitCode: 0, stderr: '' });
      expect(await fake.table()).toBe(replaced);
    }));

  it.each(['json', 'plain'])(
    'is done all the same when nobody reads its standard output (%s)',
    (output) =>
      withFake(async (fake, state) => {
        const run = startDrain([...quick, '--output', output, '--state', state], fake.env);
        await run.firstOutput();
        run.closeStdout();
        expect(await run.ended).toEqual({ exitCode: 0, stderr: '' });
        expect(await fake.table()).toBe(replaced);
      }),
  );
});

describe.concurrent('a process that stands still in mid-ramp', () => {
  it('takes no more than two steps at once when it has slept, and ends later', () =>
    withFake(async (fake, state) => {
      const ramp = ['--over', '8s', '--every', '1s'];
      const run = startDrain([...quick, ...ramp, '--state', state], fake.env);
      await run.event(atLeastStep(2));
      run.signal('SIGSTOP');
      const handOver = ['--from', '10.0.0.3', '--to', '10.0.0.4', '--over', '0s'];
      const [other] = await Promise.all([
        drain([...handOver, '--state', state], { env: fake.env }),
        pause(4_000),
      ]);
      expect(other.exitCode).toBe(6);
      expect(other.stderr).toMatch(/in rollout \S+ \(process (\d+), which is stopped\) since/);
      expect(other.stderr).toMatch(/next: {2}let it go on with kill -CONT \d+; then wait for it/);
      run.signal('SIGCONT');
      expect(await run.ended).toEqual({ exitCode: 0, stderr: '' });
      const applied = run.events().filter((event) => event.type === 'step-applied');
      const steps = applied.map((event) => event.step);
      const leaps = steps.slice(1).map((step, index) => step - (steps[index] ?? 0));
      expect(Math.max(...leaps)).toBe(2);
      expect(steps.at(-1)).toBe(8);
      const codes = run.events().flatMap((event) => (event.type === 'warning' ? [event.code] : []));
      expect(codes).toContain('ramp-shifted');
      // No sooner than the ramp's own pace from the awakening on has it.
      const [first = 0, last = 0] = [applied[0], applied.at(-1)].map((one) =>
        Date.parse(one?.at ?? ''),
      );
      expect(last - first).toBeGreaterThan(9_000);
      expect(await fake.table()).toBe(replaced);
    }));
});

it('a rollout that waits for its start is named by drain list with until when, and no more when it has gone', () =>
  withFake(async (fake, state) => {
    const where = ['--ipvsadm', fake.remote, '--state', state];
    const run = startDrain([...handOver, '--no-check', '--at', '1h', ...where], {});
    const waiting = await run.event(({ type }) => type === 'waiting');
    const list = await drain(['list', ...where]);
    expect(list.exitCode, list.stderr).toBe(0);
    expect(list.stdout).toMatch(
      new RegExp(`rollout ${waiting.rollout}: running, .* waits until .* UTC, which is its time`),
    );
    run.signal('SIGINT');
    await run.ended;
    expect((await drain(['list', ...where])).stdout).not.toContain(waiting.rollout);
    expect(await fake.table()).toBe(table);
  }));
