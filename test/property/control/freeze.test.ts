import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  freeze,
  freezeNow,
  heedFreeze,
  type PastFreeze,
  unfreeze,
} from '../../../src/control/freeze.ts';
import { type Freeze, isInForce } from '../../../src/domain/rollout/freeze.ts';
import { createMemoryStore } from '../../../src/store/memory-store.ts';

type Move =
  | { readonly kind: 'pass'; readonly ms: number }
  | { readonly kind: 'freeze'; readonly forMs: number | undefined; readonly overrides: boolean }
  | { readonly kind: 'unfreeze' }
  | { readonly kind: 'start'; readonly past: PastFreeze | undefined };

const ms = fc.integer({ min: 0, max: 10 });
const move: fc.Arbitrary<Move> = fc.oneof(
  fc.record({ kind: fc.constant('pass' as const), ms }),
  fc.record({
    kind: fc.constant('freeze' as const),
    forMs: fc.option(ms, { nil: undefined }),
    overrides: fc.boolean(),
  }),
  fc.constant({ kind: 'unfreeze' as const }),
  fc.record({
    kind: fc.constant('start' as const),
    past: fc.constantFrom<PastFreeze | undefined>(undefined, undefined, 'override', 'was-running'),
  }),
);

it('a start is refused just while the last freeze that took is in force, and nobody else ends it', () =>
  fc.assert(
    fc.asyncProperty(fc.array(move, { maxLength: 30 }), async (moves) => {
      const store = createMemoryStore();
      let nowMs = 1_000;
      let model: Freeze | undefined;
      const clock = { nowMs: () => nowMs, sleepUntil: async () => {} };
      const fleet = { access: [{ director: 'lb1', where: 'local', ipvsadm: 'ipvsadm' }], clock };
      for (const [i, one] of moves.entries()) {
        const inForce = model && isInForce(model, nowMs) ? model : undefined;
        switch (one.kind) {
          case 'pass':
            nowMs += one.ms;
            break;
          case 'freeze': {
            const who = { user: 'anna', host: 'lb1', reason: `number ${i}` };
            const until = one.forMs === undefined ? {} : { untilMs: nowMs + one.forMs };
            const wanted = { ...who, sinceMs: nowMs, ...until };
            const { ok } = await freeze(store, { wanted, overrides: one.overrides });
            expect(ok).toBe(!inForce || one.overrides);
            if (ok) model = wanted;
            break;
          }
          case 'unfreeze':
            expect(await unfreeze(store, nowMs)).toEqual({ ok: true, value: inForce });
            model = undefined;
            break;
          case 'start': {
            const heeded = await heedFreeze(store, fleet, one.past);
            expect(heeded.ok).toBe(!inForce || one.past !== undefined);
            const said = heeded.ok ? heeded.value : heeded.failure.what;
            if (inForce && one.past !== 'was-running') expect(said).toContain(inForce.reason);
            else expect(said).toBeUndefined();
          }
        }
        const now = model && isInForce(model, nowMs) ? model : undefined;
        expect(await freezeNow(store, nowMs)).toEqual({ ok: true, value: now });
      }
    }),
  ));
