import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bindWrr } from '../../src/ipvs/simulated/schedulers/wrr.ts';

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));

const weights = fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 1, maxLength: 8 });

const servers = (of: readonly number[]) =>
  of.map((weight, id) => ({ id, weight, overloaded: false, activeConn: 0, inActConn: 0 }));

test('wrr is exact over every whole cycle, wherever it begins', () => {
  fc.assert(
    fc.property(weights, fc.nat(1_000), (given, skipped) => {
      fc.pre(given.some((weight) => weight > 0));
      const divisor = given.reduce(gcd);
      const expected = given.map((weight) => weight / divisor);
      const cycle = expected.reduce((sum, share) => sum + share, 0);
      const wrr = bindWrr(servers(given));
      for (let index = 0; index < skipped; index++) wrr.schedule();
      const counts = given.map(() => 0);
      for (let index = 0; index < cycle; index++) {
        const id = wrr.schedule()?.id ?? -1;
        counts[id] = (counts[id] ?? 0) + 1;
      }
      expect(counts).toEqual(expected);
    }),
  );
});

test('whatever is edited and overloaded, wrr finds a server exactly when one may take a connection', () => {
  const edit = fc.record({
    place: fc.nat(7),
    weight: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 50 })),
    overloaded: fc.boolean(),
    connections: fc.nat(5),
  });
  fc.assert(
    fc.property(weights, fc.array(edit, { maxLength: 30 }), (given, edits) => {
      const list = servers(given);
      const wrr = bindWrr(list);
      for (const { place, weight, overloaded, connections } of edits) {
        const server = list[place % list.length];
        if (server) Object.assign(server, { weight, overloaded });
        wrr.serverChanged?.();
        for (let index = 0; index < connections; index++) {
          const chosen = wrr.schedule();
          const mayTake = list.filter((each) => each.weight > 0 && !each.overloaded);
          expect(mayTake.length > 0).toBe(chosen !== undefined);
          if (chosen) expect(mayTake).toContain(chosen);
        }
      }
    }),
  );
});
