import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createFlooredSite, webTable } from '../../support/floored-site.ts';

type Act =
  | { readonly kind: 'out' | 'in'; readonly server: number }
  /** A hand-over of one server to one that is new. */
  | { readonly kind: 'hand-over'; readonly server: number };

const act: fc.Arbitrary<Act> = fc.record({
  kind: fc.constantFrom('out' as const, 'out' as const, 'in' as const, 'hand-over' as const),
  server: fc.integer({ min: 1, max: 4 }),
});

const floors = fc.oneof(
  fc.integer({ min: 1, max: 4 }).map((count) => ({ text: String(count), count, percent: 0 })),
  fc.integer({ min: 1, max: 100 }).map((percent) => ({ text: `${percent}%`, count: 0, percent })),
);

const weightsOf = (table: string): readonly number[] =>
  [...table.matchAll(/^-a .* -w (\d+)/gm)].map(([, weight]) => Number(weight));
const sum = (all: readonly number[]): number => all.reduce((a, b) => a + b, 0);

it('a floor is undercut by no sequence of commands, and a command that is refused changes nothing', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 2, maxLength: 4 }),
      floors,
      fc.array(act, { minLength: 1, maxLength: 7 }),
      async (weights, { text, count, percent }, acts) => {
        const site = createFlooredSite(text, { table: webTable(weights) });
        let newest = 10;
        for (const { kind, server } of acts) {
          const before = site.table();
          const words =
            kind === 'hand-over'
              ? ['--from', `10.0.0.${server}`, '--to', `10.0.0.${++newest}`, '--over', '0s']
              : [kind, `10.0.0.${server}`, '--over', '0s'];
          const { exitCode } = await site.run(...words);
          if (exitCode === 3) expect(site.table()).toBe(before);
          const now = weightsOf(site.table());
          // A hand-over of one server to another changes neither sum nor number.
          expect(now.filter((weight) => weight > 0).length).toBeGreaterThanOrEqual(
            Math.min(count, weights.length),
          );
          expect(sum(now) * 100).toBeGreaterThanOrEqual(percent * sum(weights) - 1e-3);
        }
      },
    ),
    { numRuns: 40 },
  );
}, 120_000);
