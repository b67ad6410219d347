import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  afterAnswer,
  afterAsking,
  type GateState,
  type GateTiming,
  isAlternating,
  isFresh,
  nextAskMs,
  unasked,
} from '../../../src/rollout/gates/gate-state.ts';
import type { Gate } from '../../../src/rollout/ports.ts';

const timing: GateTiming = {
  intervalMs: 3_000,
  timeoutMs: 1_000,
  rise: 2,
  fall: 2,
  when: 'always',
};

const gate: Gate = {
  name: 'check tcp 10.0.0.2:80',
  kind: 'check',
  ask: async () => ({ passed: true, detail: 'fine' }),
};

/** Asked once a second, `+` for a good answer and `-` for a bad one. */
const answered = (answers: string, changes: Partial<GateTiming> = {}): GateState =>
  [...answers].reduce(
    (standing, answer, second) =>
      afterAnswer(
        afterAsking(standing, second * 1_000),
        { passed: answer === '+', detail: answer },
        second * 1_000 + 10,
      ),
    unasked({ gate, timing: { ...timing, ...changes } }),
  );

const bits = fc.array(fc.constantFrom('+', '-'), { maxLength: 30 }).map((all) => all.join(''));
const counts = fc.record({
  rise: fc.integer({ min: 1, max: 4 }),
  fall: fc.integer({ min: 1, max: 4 }),
});

describe('what is known of a gate', () => {
  it.each([
    ['', 'unknown'],
    ['+', 'unknown'],
    ['++', 'passed'],
    ['-', 'unknown'],
    ['--', 'failed'],
    ['+-+-', 'unknown'],
    ['++-', 'passed'],
    ['++-+-+', 'passed'],
    ['++--', 'failed'],
    ['++--++', 'failed'],
  ])('with rise 2 and fall 2 after %s is that it has %s', (answers, verdict) => {
    expect(answered(answers).verdict).toBe(verdict);
  });

  it('fails exactly when as many bad answers as `fall` came in a row, and for good', () => {
    fc.assert(
      fc.property(bits, counts, (answers, { rise, fall }) => {
        const hasFailed = answered(answers, { rise, fall }).verdict === 'failed';
        expect(hasFailed).toBe(answers.includes('-'.repeat(fall)));
      }),
    );
  });

  it('passes only when as many good answers as `rise` came in a row before', () => {
    fc.assert(
      fc.property(bits, counts, (answers, { rise, fall }) => {
        const { verdict } = answered(answers, { rise, fall });
        const isOpen = answers.includes('+'.repeat(rise)) && !answers.includes('-'.repeat(fall));
        expect(verdict === 'passed').toBe(isOpen);
      }),
    );
  });

  it('lets no step pass while the last answer was bad, or is about another time', () => {
    fc.assert(
      fc.property(bits, fc.integer({ min: 0, max: 40 }), (answers, since) => {
        const standing = answered(answers, { rise: 1, fall: 3 });
        const lastAsked = (answers.length - 1) * 1_000;
        const expected =
          answers.endsWith('+') && !answers.includes('---') && lastAsked >= since * 1_000;
        expect(isFresh(standing, since * 1_000)).toBe(expected);
      }),
    );
  });

  it('lets no step pass on a question that is under way', () => {
    const asking = afterAsking(answered('++'), 60_000);
    expect(isFresh(asking, 1_000)).toBe(true);
    expect(isFresh(asking, 1_001)).toBe(false);
  });

  it('is asked at once, then every interval from question to question, and in doubt after 0.5 s', () => {
    expect(nextAskMs(unasked({ gate, timing }))).toBe(0);
    expect(nextAskMs(answered('+'))).toBe(510);
    expect(nextAskMs(answered('++'))).toBe(1_000 + 3_000);
    expect(nextAskMs(answered('++-'))).toBe(2_010 + 500);
    expect(nextAskMs(answered('++-', { intervalMs: 100 }))).toBe(2_010 + 100);
  });

  const nothing = { passed: false, noData: 'empty', detail: 'no series' } as const;
  const silent = (standing: GateState, askedMs: number): GateState =>
    afterAnswer(afterAsking(standing, askedMs), nothing, askedMs + 10);

  it('is unchanged by an answer that says nothing, which lets no step pass and says since when', () => {
    const once = silent(answered('++'), 9_000);
    const twice = silent(once, 10_000);
    expect(twice).toMatchObject({ verdict: 'passed', streak: 2, detail: 'no series' });
    expect(twice.noData).toEqual({ kind: 'empty', sinceMs: 9_000 });
    expect(isFresh(twice, 0)).toBe(false);
    // However often: it is no bad answer.
    let standing = twice;
    for (let second = 11; second < 200; second++) standing = silent(standing, second * 1_000);
    expect(standing.verdict).toBe('passed');
    const well = afterAnswer(standing, { passed: true, detail: '' }, 300_000);
    expect(well.noData).toBeUndefined();
    expect(isFresh(well, 0)).toBe(true);
  });

  it.each([
    ['pass', 'passed'],
    ['fail', 'failed'],
  ] as const)('takes it for another where the file says %s', (noData, verdict) => {
    const standing = unasked({ gate, timing: { ...timing, noData } });
    expect(silent(silent(standing, 0), 1_000)).toMatchObject({ verdict });
  });

  it('fails with one bad answer more than is allowed among the last ones, and not before', () => {
    const terms = { rise: 1, failures: { of: 5, allowed: 2 } };
    expect(answered('+--', terms).verdict).toBe('passed');
    expect(answered('---', terms).verdict).toBe('failed');
    expect(answered('-+-+-', terms).verdict).toBe('failed');
    expect(answered('-+-++-', terms).verdict).toBe('passed');
    // A window of more answers than are remembered anyway.
    const many = { rise: 1, failures: { of: 20, allowed: 1 } };
    expect(answered(`-${'+'.repeat(18)}-`, many).verdict).toBe('failed');
    expect(answered(`-${'+'.repeat(19)}-`, many).verdict).toBe('passed');
  });

  it('passes again after a failure where it only reports', () => {
    expect(answered('++--', { onFailure: 'report' }).verdict).toBe('failed');
    expect(answered('++--++', { onFailure: 'report' }).verdict).toBe('passed');
  });

  it('is asked again at its period, and sooner where it said nothing', () => {
    const prometheus = { rise: 1, intervalMs: 15_000, againMs: 15_000, againWithoutDataMs: 2_000 };
    expect(nextAskMs(answered('+-', prometheus))).toBe(1_010 + 15_000);
    expect(nextAskMs(silent(answered('+', prometheus), 9_000))).toBe(9_010 + 2_000);
  });

  it.each([
    ['', false],
    ['+++', false],
    ['++--', false],
    ['+-+', true],
    ['+-+-++++++', false],
  ])('that answered %s is alternating: %s', (answers, expected) => {
    expect(isAlternating(answered(answers, { fall: 9 }))).toBe(expected);
  });
});
