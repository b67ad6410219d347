import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createDirector } from '../../../src/ipvs/director.ts';
import type { StopRequest } from '../../../src/rollout/ports.ts';
import { createCluster } from '../../support/account/cluster.ts';
import { createFlooredSite } from '../../support/floored-site.ts';
import type { Site } from '../../support/maintained-site.ts';
import { configOf, createGuardLab, startMs } from '../../support/simulated-guard.ts';

const server = fc.integer({ min: 1, max: 4 });
const act = fc.oneof(
  fc.record({ kind: fc.constantFrom('out' as const, 'in' as const), server, holds: fc.boolean() }),
  fc.record({ kind: fc.constant('hand-over' as const), server, holds: fc.boolean() }),
  fc.record({ kind: fc.constantFrom('resume' as const, 'rollback' as const) }),
  /** A cluster drives the table for a while, and these nodes are sent away. */
  fc.record({ kind: fc.constant('cluster' as const), out: fc.subarray([1, 2, 3]) }),
  /** A guard lives for a while, with these servers down. */
  fc.record({ kind: fc.constant('guard' as const), down: fc.subarray([1, 2, 3, 4]) }),
);

const weightsOf = (table: string): readonly number[] =>
  [...table.matchAll(/^-a .* -w (\d+)/gm)].map(([, weight]) => Number(weight));

it('a floor is undercut by no operator, rollout, guard and cluster, whoever comes first and wherever it is held', async () => {
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
        const cluster = createCluster({ all: { kind: 'count', count }, services: [] });
        const director = createDirector({ name: 'local', runner: simulation.runner });
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
            case 'cluster': {
              cluster.out.clear();
              for (const n of one.out) cluster.out.add(n);
              cluster.changed();
              const stopping = new AbortController();
              const stop: { request?: StopRequest } = {};
              simulation.at(clock.nowMs() + 30_000, () => {
                stop.request = { signal: 'sigterm', again: false };
                stopping.abort();
              });
              const stops = { requested: () => stop.request, signal: () => stopping.signal };
              await cluster.drive({ director, store, clock, stop: stops });
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
