import { describe, expect, it } from 'vitest';
import { defaultStartMs } from '../../../src/ipvs/simulated/simulated-director.ts';
import { execute } from '../../support/simulated-ipvs.ts';
import { playRollout } from '../../support/simulated-rollout.ts';

const table = '-A -t 10.0.0.100:80 -s wrr\n-a -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 100\n';

interface Ramp {
  readonly overMs: number;
  readonly everyMs: number;
  readonly appendMs?: number;
  readonly withProcTable?: boolean;
}

async function walk({ overMs, everyMs, appendMs = 0, withProcTable = false }: Ramp) {
  const calls: { readonly atMs: number; readonly stdin: string }[] = [];
  const played = await playRollout(
    { from: '10.0.0.1', to: '10.0.0.2', ramp: { overMs, everyMs } },
    {
      seed: 1,
      table,
      appendMs,
      withProcTable,
      faults: ({ nowMs, stdin }) => {
        calls.push({ atMs: nowMs, stdin });
        return undefined;
      },
    },
  );
  expect(played.end).toMatchObject({ outcome: 'done' });
  const steps = played.events.flatMap((event) =>
    event.type === 'step-applied' ? [{ ...event, atMs: Date.parse(event.at) }] : [],
  );
  expect(steps).toHaveLength(overMs / everyMs + 1);
  return { calls, steps, climbed: steps.slice(1) };
}

const isEdit = (stdin: string): boolean => /^-[eadE] /m.test(stdin);
const isListing = ({ stdin }: { readonly stdin: string }): boolean =>
  /^-Ln -t \S+\n-Ln .*--thresholds/.test(stdin) && !isEdit(stdin);

describe('a step', () => {
  it('is not late for a journal that is slow to keep what was written down before it', async () => {
    const { climbed } = await walk({ overMs: 60_000, everyMs: 5_000, appendMs: 100 });
    expect(Math.max(...climbed.map(({ lateMs }) => lateMs))).toBeLessThan(1);
  });

  it('is a listing just before it and one process when it is due', async () => {
    const { calls, steps } = await walk({ overMs: 60_000, everyMs: 5_000 });
    const edits = calls.filter(({ stdin }) => stdin.includes('-w ') && stdin.includes('-Ln'));
    // And the removal.
    expect(edits.length).toBe(steps.length + 1);
    expect(calls.filter(isListing).length).toBeLessThanOrEqual(steps.length + 2);
  });

  it.each([200, 400, 1_000, 3_000])(
    'has its listing before it is due, at one in %d ms',
    async (everyMs) => {
      const { calls, climbed } = await walk({ overMs: 12 * everyMs, everyMs });
      const listedMs = calls.filter(isListing).map(({ atMs }) => atMs);
      for (const { atMs } of climbed) {
        expect(listedMs.filter((listed) => Math.abs(listed - atMs) < 20)).toEqual([]);
      }
    },
  );

  it.each([
    [true, 800],
    [false, 150],
  ])(
    'is listed for early where changes can be told without a process (%s: %d ms)',
    async (withProcTable, leadMs) => {
      const ramp = { overMs: 60_000, everyMs: 5_000, withProcTable };
      const { calls, climbed } = await walk(ramp);
      const listedMs = calls.filter(isListing).map(({ atMs }) => atMs);
      // At the first it is not known yet.
      for (const { atMs } of climbed.slice(1)) {
        const before = atMs - (listedMs.findLast((listed) => listed < atMs) ?? 0);
        expect(Math.abs(before - leadMs)).toBeLessThan(10);
      }
    },
  );
});

describe('what somebody changes between the listing before a step and the step', () => {
  it('is not written over where the director can tell', async () => {
    const changed = '-e -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 0';
    const atMs = defaultStartMs + 19_900;
    const written: string[] = [];
    const { end, after } = await playRollout(
      { from: '10.0.0.1', to: '10.0.0.2', ramp: { overMs: 60_000, everyMs: 5_000 } },
      {
        seed: 1,
        table,
        withProcTable: true,
        faults: ({ nowMs, stdin }) => {
          if (nowMs > atMs && isEdit(stdin)) written.push(stdin);
          return undefined;
        },
      },
      (simulation) => simulation.at(atMs, () => void execute(simulation, changed)),
    );
    expect(end).toMatchObject({ outcome: 'held', exitCode: 6 });
    expect(written).toEqual([]);
    expect(after).toContain('-r 10.0.0.1:80 -m -w 0\n');
  });
});
