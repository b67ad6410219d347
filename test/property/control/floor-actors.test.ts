import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createFlooredSite } from '../../support/floored-site.ts';
import type { Site } from '../../support/maintained-site.ts';
import { configOf, createGuardLab, startMs } from '../../support/simulated-guard.ts';

const server = fc.integer({ min: 1, max: 4 });
const act = fc.oneof(
  fc.record({ kind: fc.constantFrom('out' as const, 'in' as const), server, holds: fc.boolean() }),
  fc.record({ kind: fc.constant('hand-over' as const), server, holds: fc.boolean() }),
  fc.record({ kind: fc.constantFrom('resume' as const, 'rollback' as const) }),
  /** A guard lives for a while, with these servers down. */
  fc.record({ kind: fc.constant('guard' as const), down: fc.subarray([1, 2, 3, 4]) }),
);

const weightsOf = (table: string): readonly number[] =>
  [...table.matchAll(/^-a .* -w (\d+)/gm)].map(([, weight]) => Number(weight));

it('a floor is undercut by no operator, rollout and guard, whoever comes first and wherever it is held', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 4 }),
      fc.array(act, { minLength: 2, maxLength: 9 }),
      async (count, acts) => {
        const lab = createGuardLab();
        lab.config = configOf({ floor: { kind: 'count', count }, rampUpMs: 4_000 });
        const { simulation, store } = lab;
        const beside = { simulation } as Site;
        const site = createFlooredSite(`${count}`, { store, beside });
        const { clock } = simulation;
        let newest = 10;
        /** Whatever waits for its floor is stopped in the end, as by Ctrl-C. */
        const run = async (holdsAfterMs: number, ...words: readonly string[]): Promise<void> => {
          site.stopAt(clock.nowMs() + holdsAfterMs, { signal: 'sigint', again: false });
          await site.run(...words);
        };
        for (const one of acts) {
          const ramp = ['--over', '8s', '--every', '1s', '--settle', '1s'];
          const ids = await store.list();
          const latest = ids.ok ? ([...ids.value].sort().at(-1) ?? 'none') : 'none';
          switch (one.kind) {
            case 'guard': {
              lab.answer('1 2 3 4', 'ok');
              if (one.down.length > 0) lab.answer(one.down.join(' '), 'bad');
              await lab.guardUntil((clock.nowMs() - startMs) / 1_000 + 30);
              break;
            }
            case 'resume':
            case 'rollback':
              await run(60_000, one.kind, latest);
              break;
            case 'hand-over': {
              const to = `10.0.0.${++newest}`;
              const words = ['--from', `10.0.0.${one.server}`, '--to', to, '--no-check'];
              await run(one.holds ? 4_500 : 60_000, ...words, ...ramp);
              break;
            }
            default:
              await run(one.holds ? 4_500 : 60_000, one.kind, `10.0.0.${one.server}`, ...ramp);
          }
          const serving = weightsOf(site.table()).filter((weight) => weight > 0).length;
          expect(serving).toBeGreaterThanOrEqual(count);
        }
      },
    ),
    { numRuns: 40 },
  );
}, 120_000);
