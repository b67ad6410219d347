import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drain, withFolder } from '../support/drain-command.ts';
import { buildFakeIpvsadm, type FakeFault, type FakeIpvsadm } from '../support/fake-ipvsadm.ts';
import { startDrain } from '../support/running-drain.ts';

const table = `-A -t 10.0.0.100:80 -s wrr
-a -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 4
-a -t 10.0.0.100:80 -r 10.0.0.3:80 -m -w 2
`;
const replaced = table
  .replace('-a -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 4\n', '')
  .replace('-r 10.0.0.3', '-r 10.0.0.2:80 -m -w 4\n-a -t 10.0.0.100:80 -r 10.0.0.3');
const handOver = ['--from', '10.0.0.1', '--to', '10.0.0.2', '--output', 'json'];
const quick = [...handOver, '--over', '2s', '--every', '500ms', '--settle', '500ms'];
const forGood = Number.MAX_SAFE_INTEGER;

let built: FakeIpvsadm;
beforeAll(async () => {
  built = await buildFakeIpvsadm();
});
afterAll(() => built.remove());

let tables = 0;

/** A fake `ipvsadm` with a table of its own, and a state folder. */
const withFake = (use: (fake: FakeIpvsadm, state: string) => Promise<void>): Promise<void> =>
  withFolder(async (folder) => {
    const fake = built.another(`table-${tables++}`);
    await fake.reset(table);
    await use(fake, join(folder, 'state'));
  });

const resume = (fake: FakeIpvsadm, rollout: string, state: string) =>
  drain(['resume', rollout, '--output', 'json', '--state', state], { env: { ...fake.env } });

describe.concurrent('an ipvsadm on PATH', () => {
  it.each<[string, readonly FakeFault[]]>([
    [
      'prints garbage, half, too much and nothing',
      [
        // Far enough apart: what is counted for pictures comes in between, and a director is given up
        // after three failures in a row.
        { of: 'calls', from: 4, to: 5, kind: 'prints-garbage' },
        { of: 'calls', from: 9, kind: 'stops-between-lines' },
        { of: 'calls', from: 13, kind: 'stops-in-a-line' },
        { of: 'calls', from: 17, kind: 'prints-megabytes' },
        { of: 'calls', from: 21, kind: 'is-silent' },
      ],
    ],
    [
      'is killed in the middle of its edits, and loses its answers',
      [
        { of: 'edits', from: 1, kind: 'is-killed-midway' },
        { of: 'edits', from: 3, kind: 'is-silent-afterwards' },
        { of: 'edits', from: 4, kind: 'fails-afterwards' },
      ],
    ],
    ['hangs once in the middle of its edits', [{ of: 'edits', from: 2, kind: 'hangs-midway' }]],
  ])('that %s is tried again, and the rollout is done', (_, faults) =>
    withFake(async (fake, state) => {
      await fake.setFaults(...faults);
      const run = await drain([...quick, '--over', '4s', '--state', state], {
        env: { ...fake.env },
      });
      expect(run.stderr).toBe('');
      expect(run.exitCode).toBe(0);
      expect(await fake.table()).toBe(replaced);
      const last = Math.max(...faults.map(({ from }) => from));
      expect((await fake.calls()).length).toBeGreaterThan(last);
    }),
  );

  it.each<[string, FakeFault, RegExp]>([
    [
      'makes no edit and says nothing',
      { of: 'edits', from: 2, to: forGood, kind: 'is-silent' },
      /failed 3 times: the output of `ipvsadm -R` is cut off/,
    ],
    [
      'prints escape sequences',
      { of: 'calls', from: 8, to: forGood, kind: 'prints-escapes' },
      /failed 3 times: ipvsadm printed what drain cannot read: .*\\x1b/,
    ],
  ])('that %s for good is held, exit 7, and goes on when it is mended', (_, fault, says) =>
    withFake(async (fake, state) => {
      await fake.setFaults(fault);
      const run = await drain([...quick, '--state', state], { env: { ...fake.env } });
      expect(run.exitCode).toBe(7);
      const { rollout, ...finished } = run.events().at(-1) ?? { rollout: '' };
      expect(finished).toMatchObject({ type: 'finished', outcome: 'held', exitCode: 7 });
      expect(run.stderr).toMatch(says);
      expect(run.stderr).toMatch(/held (before the first step|at step \d of 4|after the ramp)/);
      expect(run.stderr).toContain(`drain resume ${rollout} --state ${state}\n`);
      expect(run.stderr).toContain(`drain rollback ${rollout} --state ${state}`);
      await fake.setFaults();
      const resumed = await resume(fake, rollout, state);
      expect(resumed.stderr).toBe('');
      expect(resumed.exitCode).toBe(0);
      expect(await fake.table()).toBe(replaced);
    }),
  );

  it('that fails from the beginning is refused, and nothing is changed', () =>
    withFake(async (fake, state) => {
      await fake.setFaults({ of: 'calls', from: 0, to: forGood, kind: 'stops-in-a-line' });
      const run = await drain([...quick, '--state', state], { env: { ...fake.env } });
      expect(run.exitCode).toBe(3);
      expect(run.events().at(-1)).toMatchObject({ type: 'finished', outcome: 'refused' });
      expect(await fake.table()).toBe(table);
    }));
});

describe.concurrent('a state folder', () => {
  it('that is none is refused, and nothing is changed', () =>
    withFake(async (fake, state) => {
      await writeFile(state, '');
      const run = await drain([...quick, '--state', join(state, 'in-a-file')], {
        env: { ...fake.env },
      });
      expect(run.exitCode).toBe(3);
      expect(run.stderr).toContain('--state');
      expect(await fake.table()).toBe(table);
    }));

  it('that is removed in mid-ramp is noticed before the next change, exit 7', () =>
    withFake(async (fake, state) => {
      const slow = [...quick, '--over', '4s', '--every', '1s'];
      const run = startDrain([...slow, '--state', state], fake.env);
      await run.event((event) => event.type === 'step-applied' && event.step >= 1);
      await rm(state, { recursive: true });
      const { exitCode, stderr } = await run.ended;
      expect(exitCode).toBe(7);
      expect(stderr).toContain('the journal cannot be written');
      expect(stderr).toContain('it has been removed');
      const events = run.events();
      expect(events.at(-1)).toMatchObject({ type: 'finished', outcome: 'held', exitCode: 7 });
      // The change that was under way is the last one: it was announced when there was a journal.
      const reached = events.findLast((event) => event.type === 'step-applied');
      const [planned] = events.flatMap((event) => (event.type === 'planned' ? event.services : []));
      if (reached?.type !== 'step-applied') throw new Error('no step was applied');
      const standing = await fake.table();
      const possible = [reached.step, reached.step + 1].map((step) =>
        Object.entries(planned?.steps[step]?.weights ?? {}).every(([server, weight]) =>
          standing.includes(`-r ${server} -m -w ${weight}\n`),
        ),
      );
      expect(possible).toContain(true);
      expect(reached.step).toBeLessThan(4);
    }));
});
