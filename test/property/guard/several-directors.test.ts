import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { configOf } from '../../support/simulated-guard.ts';
import { type Absence, createGuardsLab } from '../../support/simulated-guards.ts';

const second = fc.integer({ min: 0, max: 40 });
const trouble = fc.record({
  director: fc.integer({ min: 1, max: 3 }),
  absence: fc.constantFrom<Absence>('hangs', 'is away', 'is slow'),
  fromS: second,
  forS: fc.integer({ min: 1, max: 20 }),
});
const failing = fc.record({
  server: fc.integer({ min: 1, max: 3 }),
  fromS: second,
  forS: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.constant(Number.POSITIVE_INFINITY)),
});
const weights = fc.integer({ min: 1, max: 100 });
/** The last one has one server more than ever fail, so that there is always a witness. */
const table = fc.tuple(weights, weights, weights, weights);

describe('whatever directors are away and whatever servers fail, and when', () => {
  it('in the end each director has what health says, and no server was asked more often for it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(table, { minLength: 1, maxLength: 3 }),
        fc.array(trouble, { maxLength: 4 }),
        fc.array(failing, { maxLength: 3 }),
        async (tables, troubles, failings) => {
          const lab = createGuardsLab(tables);
          lab.config = configOf({ rampUpMs: 3_000 });
          const happenings = new Map<number, (() => void)[]>();
          const at = (atS: number, happen: () => void): void =>
            void happenings.set(atS, [...(happenings.get(atS) ?? []), happen]);
          for (const { director, absence, fromS, forS } of troubles) {
            // At least one answers at the beginning.
            const lostS = director === 1 ? fromS + 1 : fromS;
            at(lostS, () => lab.lose(`lb${director}`, absence));
            at(lostS + forS, () => lab.lose(`lb${director}`, undefined));
          }
          const lastOf = new Map(failings.map((one) => [one.server, one]));
          for (const { server, fromS, forS } of lastOf.values()) {
            at(fromS, () => lab.answer(server, 'bad'));
            if (forS < 60) at(fromS + forS, () => lab.answer(server, 'ok'));
          }
          const endS = 130;
          const ended = await lab.guardUntil(
            endS,
            Object.fromEntries(
              [...happenings].map(([atS, all]) => [
                atS,
                () => all.forEach((happen) => void happen()),
              ]),
            ),
          );
          expect(ended).toEqual({ ok: true, value: 143 });
          for (const [i, before] of tables.entries()) {
            const expected = before.map((weight, n) =>
              lastOf.get(n + 1)?.forS === Number.POSITIVE_INFINITY ? 0 : weight,
            );
            expect(lab.weights(`lb${i + 1}`)).toEqual(expected);
          }
          for (const times of lab.asked.values()) {
            expect(times).toBeLessThanOrEqual(endS / 1.8 + 1);
          }
          expect(lab.mostAtOnce()).toBeLessThanOrEqual(1);
          expect([...lab.locks]).toEqual([]);
        },
      ),
      { numRuns: 6 },
    );
  });
});
