import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { drain, withFolder } from '../support/drain-command.ts';

const file = (name: string): string =>
  fileURLToPath(new URL(`../../plans/${name}`, import.meta.url));
const sim = ['--director', `sim:${file('sim-blue-green.yaml')}`, '--output', 'json'];
/** The time of a simulated director begins here. */
const startMs = Date.UTC(2026, 0, 1);

const secondsOfSteps = (run: Awaited<ReturnType<typeof drain>>): readonly number[] =>
  run
    .events()
    .filter(({ type }) => type === 'step-applied')
    .map(({ at }) => Math.floor((Date.parse(at) - startMs) / 1_000));

describe('windows, on a simulated director', () => {
  it('that shut in the middle of a ramp hold it until the next, and it keeps its pace', () =>
    withFolder(async (folder) => {
      const plan = join(folder, 'plan.yaml');
      await writeFile(
        plan,
        `from: 10.0.0.1
to: 10.0.0.2
over: 2m
every: 30s
windows: [{hours: [00:00-00:01, 00:10-00:30], zone: UTC}]
`,
      );
      const run = await drain(['apply', plan, ...sim]);
      expect(run).toMatchObject({ exitCode: 0, stderr: '' });
      expect(secondsOfSteps(run)).toEqual([0, 30, 600, 630, 660]);
      expect(run.events().filter(({ type }) => type === 'waiting')).toMatchObject([
        { step: 2, reason: 'window', until: '2026-01-01T00:10:00.000Z' },
      ]);
    }));

  it('of the example are open at night in Berlin', async () => {
    const run = await drain(['apply', file('at-night.yaml'), ...sim]);
    expect(run).toMatchObject({ exitCode: 0, stderr: '' });
    expect(secondsOfSteps(run)).toEqual([0, 30, 60, 90, 120]);
  });

  it('that never open are refused by drain lint, at their place', () =>
    withFolder(async (folder) => {
      await writeFile(
        join(folder, 'drain.yaml'),
        'windows:\n  - {hours: 08:00-08:00, zone: UTC}\n',
      );
      const run = await drain(['lint', 'drain.yaml'], { cwd: folder });
      expect(run.exitCode).toBe(2);
      expect(run.stderr).toContain('never open');
      expect(run.stderr).toContain('drain.yaml:2:');
    }));
});

describe('--at, on a simulated director', () => {
  it('begins the rollout then', async () => {
    const handOver = ['--from', '10.0.0.1', '--to', '10.0.0.2', '--over', '1m', '--every', '30s'];
    const run = await drain([...handOver, ...sim, '--at', '2026-01-01T00:30Z']);
    expect(run).toMatchObject({ exitCode: 0, stderr: '' });
    expect(secondsOfSteps(run)).toEqual([1_800, 1_830, 1_860]);
  });
});
