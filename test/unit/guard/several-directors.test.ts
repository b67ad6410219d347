import { describe, expect, it } from 'vitest';
import { configOf, guarded, key, startMs, web } from '../../support/simulated-guard.ts';
import { createGuardsLab, type GuardsLab } from '../../support/simulated-guards.ts';

const hundreds = [100, 100, 100, 100];
const firstOut = [0, 100, 100, 100];
const marksOf = async ({ store }: GuardsLab) => {
  const listed = await store.marks.list();
  if (!listed.ok) throw new Error(listed.failure.what);
  return listed.value.map(({ table, server, weight }) => `${table}: ${server} was ${weight}`);
};
/** When each director's table was edited first, in seconds. */
const firstEdits = (lab: GuardsLab): Readonly<Record<string, number>> =>
  Object.fromEntries(
    [...lab.when('weight-set')].reverse().map((line) => {
      const [seconds, director] = line.split(' ');
      return [director, Number(seconds)];
    }),
  );
/** Three intervals of 2 s until it is believed dead. */
const believedS = 3 * 2 + 0.2;

describe('a guard of several directors', () => {
  it.each([1, 2, 4])('asks no server more often because there are %i', async (count) => {
    const lab = createGuardsLab(Array.from({ length: count }, () => hundreds));
    await lab.guardUntil(50);
    expect(lab.asked.size).toBe(4);
    for (const times of lab.asked.values()) {
      expect(times).toBeGreaterThanOrEqual(50 / 2 - 2);
      expect(times).toBeLessThanOrEqual(50 / 1.8 + 1);
    }
    expect(lab.mostAtOnce()).toBe(1);
  });

  it('takes a server out on each at once, and back to the weight that it had on each', async () => {
    const lab = createGuardsLab([hundreds, [40, 7, 7, 7]]);
    lab.config = configOf({ rampUpMs: 5_000 });
    const seen: unknown[] = [];
    await lab.guardUntil(60, {
      20: () => lab.answer(1, 'bad'),
      40: async () => seen.push(lab.weights('lb1'), lab.weights('lb2'), await marksOf(lab)),
      41: () => lab.answer(1, 'ok'),
    });
    expect(seen).toEqual([
      firstOut,
      [0, 7, 7, 7],
      [`table of lb1: ${key(1)} was 100`, `table of lb2: ${key(1)} was 40`],
    ]);
    const { lb1 = 0, lb2 = 0 } = firstEdits(lab);
    expect(Math.abs(lb1 - lb2)).toBeLessThan(0.2);
    expect(lab.weights('lb1')).toEqual(hundreds);
    expect(lab.weights('lb2')).toEqual([40, 7, 7, 7]);
    expect(await marksOf(lab)).toEqual([]);
  });

  it('keeps minHealthy servers of each table, as many as that table has', async () => {
    const lab = createGuardsLab([hundreds, [100, 100, 0, 0]]);
    lab.config = configOf({ minHealthy: { kind: 'count', count: 2 } });
    await lab.guardUntil(40, { 10: () => lab.answer(1, 'bad') });
    expect(lab.weights('lb1')).toEqual(firstOut);
    expect(lab.weights('lb2')).toEqual([100, 100, 0, 0]);
    const kept = lab.events.filter(({ type }) => type === 'weights-kept');
    expect(kept).toMatchObject([{ director: 'lb2', reason: 'min-healthy', servers: [key(1)] }]);
  });

  it('reads the file once at a SIGHUP, for all of them', async () => {
    const lab = createGuardsLab([hundreds, hundreds, hundreds]);
    lab.lose('lb3', 'is away');
    await lab.guardUntil(60, {
      20() {
        lab.config = configOf({ timing: { ...guarded.timing, fall: 1 } });
        lab.reload();
      },
      30: () => lab.answer(1, 'bad'),
      40: () => lab.lose('lb3', undefined),
    });
    expect(lab.filesRead()).toBe(1);
    expect(lab.when('reloaded')).toEqual(['20.0 lb1', '20.0 lb2', '20.0 lb3']);
    expect(firstEdits(lab).lb1).toBeLessThan(30 + 2.2);
    expect(lab.weights('lb3')).toEqual(firstOut);
  });

  it('is refused where another one guards one of them, and leaves the others free', async () => {
    const lab = createGuardsLab([hundreds, hundreds]);
    const theirs = `guard of ${web} on table of lb2`;
    lab.locks.add(theirs);
    const refused = await lab.guardUntil(10);
    expect(refused).toMatchObject({ ok: false, failure: { kind: 'conflict', where: 'lb2' } });
    expect([...lab.locks]).toEqual([theirs]);
    expect(lab.events).toEqual([]);
    const alone = createGuardsLab([hundreds]);
    alone.locks.add(`guard of ${web} on table of lb1`);
    const told = await alone.guardUntil(10);
    expect(told.ok ? {} : told.failure).not.toHaveProperty('where');
  });

  it('does not begin where none of them answers, and asks nobody', async () => {
    const lab = createGuardsLab([hundreds, hundreds]);
    lab.lose('lb1', 'hangs');
    lab.lose('lb2', 'is away');
    const failed = await lab.guardUntil(100);
    expect(failed).toMatchObject({ ok: false, failure: { kind: 'director' } });
    expect(lab.events).toEqual([]);
    expect(lab.asked.size).toBe(0);
  });

  it('does not begin with a folder that none of them can read, however slow one of them is', async () => {
    const lab = createGuardsLab([hundreds, hundreds]);
    lab.folderIsBad = true;
    lab.lose('lb2', 'is slow');
    const failed = await lab.guardUntil(30);
    expect(failed).toMatchObject({ ok: false, failure: { kind: 'usage' } });
    await lab.simulations.get('lb1')?.clock.sleepUntil(startMs + 60_000);
    expect(lab.events).toEqual([]);
    expect(lab.asked.size).toBe(0);
    expect([...lab.locks]).toEqual([]);
  });
});

describe.each(['hangs', 'is away'] as const)('a director that %s', (absence) => {
  it('keeps no other from being looked after, and gets what health says when it is back', async () => {
    const lab = createGuardsLab([hundreds, hundreds, hundreds]);
    lab.config = configOf({ rampUpMs: 5_000 });
    const seen: unknown[] = [];
    const ended = await lab.guardUntil(100, {
      10: () => lab.lose('lb2', absence),
      20: () => lab.answer(1, 'bad'),
      30: () => seen.push(lab.weights('lb1'), lab.weights('lb2'), lab.weights('lb3')),
      60: () => lab.lose('lb2', undefined),
      80: () => seen.push(lab.weights('lb2')),
      81: () => lab.answer(1, 'ok'),
    });
    expect(seen).toEqual([firstOut, hundreds, firstOut, firstOut]);
    const { lb1 = 0, lb2 = 0, lb3 = 0 } = firstEdits(lab);
    expect(lb1).toBeLessThan(20 + believedS);
    expect(lb3).toBeLessThan(20 + believedS);
    // What is under way when it is back, and the next look.
    expect(lb2).toBeLessThan(60 + (absence === 'hangs' ? 10 : 0) + 5.2);
    for (const name of ['lb1', 'lb2', 'lb3']) expect(lab.weights(name)).toEqual(hundreds);
    const warned = lab.events.filter(({ type }) => type === 'warning');
    expect(warned).toMatchObject([{ director: 'lb2', code: 'cannot-list' }]);
    expect(lab.when('listed-again')).toEqual([expect.stringMatching(/^[67]\d\.\d lb2$/)]);
    expect(ended).toEqual({ ok: true, value: 143 });
  });

  it('at the beginning is taken in when it answers, and the others have begun without it', async () => {
    const lab = createGuardsLab([hundreds, hundreds]);
    lab.lose('lb1', absence);
    lab.answer(1, 'bad');
    const ended = await lab.guardUntil(60, {
      30: () => lab.lose('lb1', undefined),
    });
    const [second = '', first = '', ...more] = lab.when('guard-started');
    expect(second).toBe('0.0 lb2');
    expect(first).toMatch(/^[34]\d\.\d lb1$/);
    expect(more).toEqual([]);
    const { lb1 = 0, lb2 = 0 } = firstEdits(lab);
    expect(lb2).toBeLessThan(2 + believedS);
    expect(lb1).toBeLessThan(Number.parseFloat(first) + 2 + believedS);
    expect(lab.weights('lb1')).toEqual(firstOut);
    const warned = lab.events.filter(({ type }) => type === 'warning');
    expect(warned).toMatchObject([{ director: 'lb1', code: 'cannot-list' }]);
    expect(lab.when('listed-again')).toHaveLength(1);
    expect(ended).toEqual({ ok: true, value: 143 });
  });

  it('to the end does not keep it from ending, with everything let go', async () => {
    const lab = createGuardsLab([hundreds, hundreds]);
    lab.lose('lb2', absence);
    const ended = await lab.guardUntil(33);
    expect(ended).toEqual({ ok: true, value: 143 });
    const [first = '', last = ''] = lab.when('guard-stopped');
    expect(first).toBe('33.0 lb1');
    // Not in the middle of a command.
    expect(Number.parseFloat(last)).toBeLessThan(33 + (absence === 'hangs' ? 10 : 0) + 0.1);
    expect([...lab.locks]).toEqual([]);
    const asked = new Map(lab.asked);
    await lab.simulations.get('lb1')?.clock.sleepUntil(startMs + 120_000);
    expect(lab.asked).toEqual(asked);
  });
});
