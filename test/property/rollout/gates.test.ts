import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPrng } from '../../../src/ipvs/simulated/prng.ts';
import type { Clock } from '../../../src/rollout/ports.ts';
import { playKilled } from '../../support/chaos/killed.ts';
import { type GateScript, type ScriptedGate, scriptedGate } from '../../support/scripted-gate.ts';
import { playRollout } from '../../support/simulated-rollout.ts';

const table = `-A -t 10.0.0.100:80 -s wrr
-a -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 100
-a -t 10.0.0.100:80 -r 10.0.0.3:80 -m -w 25
`;

type Answer = 'good' | 'bad' | 'hang';

interface ArbitraryGate {
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly rise: number;
  readonly fall: number;
  readonly when: 'always' | 'before-steps';
  readonly atStep?: number;
  readonly takesMs: number;
  readonly answers: readonly Answer[];
}

const arbitraryGate: fc.Arbitrary<ArbitraryGate> = fc.record(
  {
    intervalMs: fc.integer({ min: 200, max: 15_000 }),
    timeoutMs: fc.integer({ min: 50, max: 20_000 }),
    rise: fc.integer({ min: 1, max: 3 }),
    fall: fc.integer({ min: 1, max: 3 }),
    when: fc.constantFrom('always', 'before-steps'),
    atStep: fc.integer({ min: 0, max: 6 }),
    takesMs: fc.integer({ min: 0, max: 10_000 }),
    // What comes after them is good.
    answers: fc.array(
      fc.oneof(
        { weight: 10, arbitrary: fc.constant<Answer>('good') },
        { weight: 2, arbitrary: fc.constant<Answer>('bad') },
        { weight: 1, arbitrary: fc.constant<Answer>('hang') },
      ),
      { maxLength: 30 },
    ),
  },
  {
    requiredKeys: ['intervalMs', 'timeoutMs', 'rise', 'fall', 'when', 'takesMs', 'answers'],
  },
);

const answerOf = ({ answers, takesMs, timeoutMs }: ArbitraryGate, nth: number): Answer =>
  takesMs >= timeoutMs ? 'hang' : (answers[nth] ?? 'good');

const script = (gate: ArbitraryGate, index: number): GateScript => {
  const { intervalMs, timeoutMs, rise, fall, when, atStep, takesMs } = gate;
  return {
    name: `gate ${index}`,
    takesMs,
    timing: {
      ...{ intervalMs, timeoutMs, rise, fall, when },
      ...(atStep === undefined ? {} : { atStep }),
    },
    passes: (_, nth) => {
      const answer = answerOf(gate, nth);
      return answer === 'hang' ? 'hang' : answer === 'good';
    },
  };
};

/** So many bad answers in a row that it has failed, by its own count. */
function hasFailed(gate: ArbitraryGate, { asked }: ScriptedGate, untilMs: number): boolean {
  let bad = 0;
  for (const [nth, { endedMs }] of asked.entries()) {
    if (endedMs === undefined || endedMs >= untilMs) continue;
    bad = answerOf(gate, nth) === 'good' ? 0 : bad + 1;
    if (bad >= gate.fall) return true;
  }
  return false;
}

/** What a simulated command costs. */
const commandMs = 3;

/** Who has left the table does not come back: what a gate says while that edit is made is too late. */
function lastEditMs({ events, startMs }: Awaited<ReturnType<typeof playRollout>>): number {
  const removed = events.find(({ type }) => type === 'removed');
  return removed ? Date.parse(removed.at) - startMs - commandMs : Number.POSITIVE_INFINITY;
}

/** Six steps, 5 s apart. */
const sketch = {
  from: '10.0.0.1',
  to: '10.0.0.2',
  ramp: { overMs: 30_000, everyMs: 5_000 },
} as const;

describe('gates of any timing that answer anything', () => {
  it('let no step pass without a good word about the one before, and bring back what failed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(arbitraryGate, { minLength: 1, maxLength: 3 }), async (all) => {
        let gates: readonly ScriptedGate[] = [];
        const played = await playRollout(sketch, { seed: 1, table }, undefined, (clock) => {
          gates = all.map((gate, index) => scriptedGate(clock, script(gate, index)));
          return gates;
        });
        const untilMs = lastEditMs(played);
        const failed = all.filter((gate, index) =>
          hasFailed(gate, gates[index] as ScriptedGate, untilMs),
        );
        const turned = played.events.filter(({ type }) => type === 'rollback-started');
        const told = played.events.filter(({ type }) => type === 'gate-failed');
        expect(gates.map(({ mostAtATime }) => mostAtATime).every((most) => most <= 1)).toBe(true);
        if (failed.length === 0) {
          expect(played.end).toMatchObject({ outcome: 'done', exitCode: 0 });
          expect([...turned, ...told]).toEqual([]);
          expect(played.after).toBe(played.before.replace('10.0.0.1:80', '10.0.0.2:80'));
        } else {
          expect(played.end).toMatchObject({ outcome: 'rolled-back', exitCode: 5 });
          expect(turned).toHaveLength(1);
          expect(told.length).toBeGreaterThan(0);
          expect(played.after).toBe(played.before);
        }
        expectGoodWord(played, all, gates);
      }),
      { numRuns: 80 },
    );
  }, 300_000);
});

/** Before each step every gate that has a say has answered well, last of all, since the step before. */
function expectGoodWord(
  { events, startMs }: Awaited<ReturnType<typeof playRollout>>,
  all: readonly ArbitraryGate[],
  gates: readonly ScriptedGate[],
): void {
  const steps = events.flatMap((event) =>
    event.type === 'step-applied'
      ? [{ step: event.step, atMs: Date.parse(event.at) - startMs - event.applyMs }]
      : [],
  );
  for (const [index, { step, atMs }] of steps.entries()) {
    const before = steps[index - 1] ?? { step: -1, atMs: -1 };
    for (const [which, gate] of all.entries()) {
      if (gate.atStep !== undefined && gate.atStep !== before.step) continue;
      const answered = (gates[which]?.asked ?? [])
        .map((one, nth) => ({ ...one, answer: answerOf(gate, nth) }))
        .filter(({ endedMs }) => endedMs !== undefined && endedMs <= atMs);
      const last = answered.at(-1);
      expect(last?.answer, `gate ${which} before step ${step}`).toBe('good');
      expect(last?.atMs, `gate ${which} before step ${step}`).toBeGreaterThanOrEqual(before.atMs);
    }
  }
}

describe('a rollout with gates that is killed at random points and resumed', () => {
  const play = (seed: number, script: GateScript, backFrom?: number) =>
    playKilled({
      kills: 1 + (seed % 4),
      prng: createPrng(seed),
      sketch: { ...sketch, policy: { onFailure: 'rollback' } },
      simulation: { seed, table },
      gatesOn: (clock: Clock) => [scriptedGate(clock, { takesMs: 200, ...script })],
      ...(backFrom === undefined ? {} : { backFrom }),
    });

  it('ends as one without, while they pass', async () => {
    for (let seed = 1; seed <= 40; seed++) {
      const { end, after, before, lowestTotal } = await play(seed, {
        passes: (_, nth) => nth % 3 !== 2,
      });
      expect(end, `seed ${seed}`).toMatchObject({ outcome: 'done', exitCode: 0 });
      expect(after, `seed ${seed}`).toBe(before.replace('10.0.0.1:80', '10.0.0.2:80'));
      expect(lowestTotal).toBeGreaterThan(0);
    }
  });

  it('ends with the table from before, when one fails on the way', async () => {
    for (let seed = 1; seed <= 40; seed++) {
      const failsAt = seed % 7;
      const { end, after, before, lowestTotal } = await play(seed, {
        passes: ({ about }) => about.step < failsAt,
      });
      expect(end, `seed ${seed}`).toMatchObject({ outcome: 'rolled-back', exitCode: 5 });
      expect(after, `seed ${seed}`).toBe(before);
      expect(lowestTotal).toBeGreaterThan(0);
    }
  });
});
