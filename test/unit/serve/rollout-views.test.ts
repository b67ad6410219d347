import { beforeAll, describe, expect, it } from 'vitest';
import { fail, ok } from '../../../src/domain/failure.ts';
import type { JournalEntries, LockHolder } from '../../../src/rollout/ports.ts';
import type { TraceEntry } from '../../../src/rollout/state/trace.ts';
import { createRolloutViews } from '../../../src/serve/view/rollout-views.ts';
import { type Recording, recordRollout } from '../../support/recorded-rollout.ts';

const table = `-A -t 10.0.0.100:80 -s wrr
-a -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 4
-a -t 10.0.0.100:80 -r 10.0.0.3:80 -m -w 4
`;
const sketch = { from: '10.0.0.1', to: '10.0.0.2', ramp: { overMs: 60_000, everyMs: 6_000 } };

let recording: Recording;
let startMs: number;
beforeAll(async () => {
  recording = await recordRollout({
    sketch,
    simulation: { table },
    traced: true,
    events: [
      { atMs: 20_000, ask: { kind: 'pause' } },
      { atMs: 50_000, ask: { kind: 'continue' } },
    ],
  });
  startMs = recording.entries[0]?.atMs ?? 0;
});

const traceAtMs = (entry: TraceEntry): number =>
  entry.type === 'event' ? Date.parse(entry.event.at) : entry.atMs;

/** A store whose rollouts are all the recorded one, each as far as it was at some time. */
function shelf(untilMs: Record<string, number>) {
  const held = new Set<string>();
  const broken = new Set<string>();
  const reads: string[] = [];
  let nowMs = startMs;
  const holderOf = (id: string): LockHolder | undefined =>
    held.has(id) ? { rollout: id, pid: 1, sinceMs: startMs } : undefined;
  const book = createRolloutViews({
    nowMs: () => nowMs,
    store: {
      list: async () => ok(Object.keys(untilMs)),
      async read(id) {
        reads.push(id);
        if (broken.has(id)) return fail({ kind: 'usage', what: `${id} is broken` } as const);
        const [opened, ...rest] = recording.entries as JournalEntries;
        const done = rest.filter(({ atMs }) => atMs - startMs <= (untilMs[id] ?? 0));
        return ok([
          { ...opened, access: [{ director: 'sim', where: id, ipvsadm: 'ipvsadm' }] },
          ...done,
        ] as const);
      },
      async readTrace(id, position = 0) {
        const whole = recording.trace.filter(
          (entry) => traceAtMs(entry) - startMs <= (untilMs[id] ?? 0),
        );
        return ok({
          entries: whole.slice(position, position + 7),
          position: Math.min(whole.length, position + 7),
        });
      },
      holder: async (resource) => holderOf(resource.replace(/.* on /, '')),
    },
  });
  return {
    book,
    held,
    broken,
    reads,
    at(ms: number) {
      nowMs = startMs + ms;
    },
  };
}

const seconds = (spentMs: Readonly<Record<string, number>>) =>
  Object.fromEntries(Object.entries(spentMs).map(([key, ms]) => [key, Math.round(ms / 1_000)]));

describe('the rollouts of a store', () => {
  it('have their time in the ramp and in pauses apart, up to now', async () => {
    const { book, held, at } = shelf({ a: 21_000 });
    held.add('a');
    at(40_000);
    const [paused] = (await book()).rollouts;
    expect(paused).toMatchObject({ standing: 'paused', phase: 'ramping', step: 3, of: 10 });
    expect(paused?.movedFraction).toBeCloseTo(0.3, 9);
    expect(seconds(paused?.spentMs ?? {})).toEqual({
      ramp: 20,
      pause: 20,
      drain: 0,
      return: 0,
      stopped: 0,
    });
    expect(paused?.untilMs).toBe(startMs + 40_000);
    // Paused at 20 s: the pause takes nothing of the rest.
    expect(Math.round((paused?.left.rampMs ?? 0) / 1_000)).toBe(40);
    expect(paused?.ways).toEqual([
      { name: 'go on', command: 'drain continue recorded' },
      { name: 'go back', command: 'drain rollback recorded' },
    ]);
  });

  it('are cut off where nobody holds them, and done where they have ended', async () => {
    const { book, at } = shelf({ a: 21_000, b: 1_000_000 });
    at(2_000_000);
    const [a, b] = (await book()).rollouts;
    expect(a?.standing).toBe('cut-off');
    expect(a?.left).toEqual({});
    expect(a?.ways.map(({ command }) => command)).toEqual([
      'drain resume recorded',
      'drain rollback recorded',
    ]);
    expect(b).toMatchObject({ standing: 'done', step: 10, movedFraction: 1 });
    const spent = seconds(b?.spentMs ?? {});
    expect([spent.ramp, spent.pause]).toEqual([60, 30]);
    expect(b).toMatchObject({ ways: [], left: {} });
    expect(spent.drain).toBeGreaterThanOrEqual(5);
    expect(spent.drain).toBeLessThan(30);
  });

  it('are not all read each time, and an old one that goes on again is found in its turn', async () => {
    const untilMs = Object.fromEntries(
      Array.from({ length: 200 }, (_, index) => [`r${index}`, 1_000_000]),
    );
    const { book, reads, held, at } = shelf(untilMs);
    at(2_000_000);
    expect((await book()).rollouts.map(({ rollout }) => rollout)).toHaveLength(5);
    expect(reads.length).toBeLessThan(30);
    untilMs.r150 = 21_000;
    held.add('r150');
    let found = 0;
    for (let round = 1; round <= 40 && found === 0; round++) {
      at(2_000_000 + round * 10_000);
      reads.length = 0;
      const { rollouts } = await book();
      expect(reads.length).toBeLessThan(15);
      if (rollouts.length > 5) found = round;
    }
    expect(found).toBeGreaterThan(0);
    // From then on it is followed.
    at(3_000_000);
    reads.length = 0;
    expect((await book()).rollouts.at(-1)).toMatchObject({ standing: 'paused' });
    expect(reads).toContain('r150');
  });

  it('that can be read are shown beside one that cannot', async () => {
    const { book, broken, at } = shelf({ a: 21_000, b: 1_000_000 });
    broken.add('a');
    at(2_000_000);
    const { rollouts, failure } = await book();
    expect(rollouts.map(({ standing }) => standing)).toEqual(['done']);
    expect(failure?.what).toBe('a is broken');
  });
});
