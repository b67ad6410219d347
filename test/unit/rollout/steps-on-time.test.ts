import { describe, expect, it } from 'vitest';
import { playRollout } from '../../support/simulated-rollout.ts';

const table = '-A -t 10.0.0.100:80 -s wrr\n-a -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 100\n';

interface Ramp {
  readonly overMs: number;
  readonly everyMs: number;
  readonly appendMs?: number;
}

async function walk({ overMs, everyMs, appendMs = 0 }: Ramp) {
  const calls: { readonly atMs: number; readonly stdin: string }[] = [];
  const played = await playRollout(
    { from: '10.0.0.1', to: '10.0.0.2', ramp: { overMs, everyMs } },
    {
      seed: 1,
      table,
      appendMs,
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

const isListing = ({ stdin }: { readonly stdin: string }): boolean =>
  /^-Ln -t \S+\n-Ln .*--thresholds/.test(stdin);

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
});
