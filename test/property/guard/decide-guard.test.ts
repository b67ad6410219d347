import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ServerKey, serverKey } from '../../../src/domain/address.ts';
import { leastServing } from '../../../src/domain/health/guard.ts';
import type { RealServer, VirtualService } from '../../../src/domain/ipvs/ipvs.ts';
import { decideService } from '../../../src/guard/decide/decide-guard.ts';
import type { Health } from '../../../src/guard/decide/health.ts';
import {
  blankMemory,
  type ServiceDecision,
  type ServiceView,
} from '../../../src/guard/decide/service-view.ts';
import { guarded, web } from '../../support/simulated-guard.ts';

interface Sketch {
  readonly weight: number;
  readonly verdict: Health['verdict'];
  readonly passed: boolean | undefined;
  readonly sinceMs: number;
  readonly mark: number | undefined;
  /** What the guard left there, where it remembers. */
  readonly known: number | undefined;
  readonly isOperatorOut: boolean;
  readonly isInMaintenance: boolean;
}

const weights = fc.oneof(fc.constant(0), fc.constant(1), fc.integer({ min: 0, max: 200 }));
const sketch: fc.Arbitrary<Sketch> = fc.record({
  weight: weights,
  verdict: fc.constantFrom('unknown' as const, 'up' as const, 'down' as const),
  passed: fc.constantFrom(true, false, undefined),
  sinceMs: fc.nat(60_000),
  mark: fc.option(fc.integer({ min: 1, max: 200 }), { nil: undefined }),
  known: fc.option(weights, { nil: undefined }),
  isOperatorOut: fc.boolean(),
  isInMaintenance: fc.boolean(),
});

const nowMs = 100_000;
const serverAt = (i: number, weight: number): RealServer => ({
  key: serverKey(`10.0.0.${i + 1}`, 80),
  address: `10.0.0.${i + 1}`,
  port: 80,
  forwarding: 'masq',
  weight,
  upperThreshold: 0,
  lowerThreshold: 0,
});

const views = fc
  .record({
    sketches: fc.array(sketch, { minLength: 1, maxLength: 6 }),
    minHealthy: fc.oneof(
      fc.record({ kind: fc.constant('count' as const), count: fc.integer({ min: 1, max: 4 }) }),
      fc.record({
        kind: fc.constant('percent' as const),
        percent: fc.integer({ min: 1, max: 100 }),
      }),
    ),
  })
  .map(({ sketches, minHealthy }): ServiceView => {
    const servers = sketches.map(({ weight }, i) => serverAt(i, weight));
    const keyed = servers.map(({ key }, i) => [key, sketches[i] as Sketch] as const);
    const those = (holds: (one: Sketch) => boolean) =>
      new Set(keyed.flatMap(([key, one]) => (holds(one) ? [key] : [])));
    const numbers = (read: (one: Sketch) => number | undefined) =>
      new Map(
        keyed.flatMap(([key, one]) => {
          const value = read(one);
          return value === undefined ? [] : [[key, value] as const];
        }),
      );
    const live: VirtualService = {
      key: web,
      address: { kind: 'address', protocol: 'tcp', address: '10.0.0.100', port: 80 },
      scheduler: 'wrr',
      schedulerFlags: [],
      onePacket: false,
      servers,
    };
    return {
      guarded: { ...guarded, minHealthy },
      live,
      nowMs,
      health: new Map(
        keyed.map(([key, { verdict, passed, sinceMs }]) => {
          const streak = { passed: passed === true, count: 3, sinceMs, askedMs: nowMs, detail: '' };
          return [key, { verdict, downsMs: [], ...(passed === undefined ? {} : { streak }) }];
        }),
      ),
      marks: numbers(({ mark }) => mark),
      operatorOut: those(({ isOperatorOut }) => isOperatorOut),
      maintenance: those(({ isInMaintenance }) => isInMaintenance),
      memory: { ...blankMemory, known: numbers(({ known }) => known) },
    };
  });

const weightsAfter = (
  view: ServiceView,
  { edits }: ServiceDecision,
): ReadonlyMap<ServerKey, number> =>
  new Map([
    ...view.live.servers.map(({ key, weight }) => [key, weight] as const),
    ...edits.map(({ server, weight }) => [server.key, weight] as const),
  ]);
const serving = (weightsOf: Iterable<number>): number => [...weightsOf].filter((w) => w > 0).length;

const always = (claim: (view: ServiceView, decision: ServiceDecision) => void): void => {
  fc.assert(
    fc.property(views, (view) => claim(view, decideService(view))),
    { numRuns: 3_000 },
  );
};

describe('whatever a service looks like, the guard', () => {
  it('leaves at least minHealthy servers with weight, or as many as there were', () => {
    always((view, decision) => {
      const least = leastServing(view.guarded.minHealthy, view.live.servers.length);
      const before = serving(view.live.servers.map(({ weight }) => weight));
      const left = serving(weightsAfter(view, decision).values());
      expect(left).toBeGreaterThanOrEqual(Math.min(before, least));
    });
  });

  it('never leaves a service without weight that had some', () => {
    always((view, decision) => {
      const had = view.live.servers.some(({ weight }) => weight > 0);
      const has = [...weightsAfter(view, decision).values()].some((weight) => weight > 0);
      expect(!had || has).toBe(true);
    });
  });

  it('never touches a server that an operator took out', () => {
    always((view, { edits }) => {
      for (const { server } of edits) expect(view.operatorOut.has(server.key)).toBe(false);
    });
  });

  it('never raises a server whose file is in the maintenance folder', () => {
    always((view, { edits }) => {
      for (const { server, weight } of edits) {
        if (view.maintenance.has(server.key)) expect(weight).toBe(0);
      }
    });
  });

  it('never raises a server without a mark of its own, nor above what the mark or somebody else says', () => {
    always((view, { edits }) => {
      for (const { server, weight } of edits.filter((one) => one.weight > one.server.weight)) {
        const known = view.memory.known.get(server.key);
        const isSomebodys = known !== undefined && known !== server.weight;
        const wanted = isSomebodys ? server.weight : view.marks.get(server.key);
        expect(view.health.get(server.key)?.verdict).toBe('up');
        expect(weight).toBeLessThanOrEqual(wanted ?? -1);
      }
    });
  });

  it('takes weight only from what is down and fails, or is named in the folder', () => {
    always((view, { edits }) => {
      for (const { server, weight } of edits.filter((one) => one.weight < one.server.weight)) {
        const health = view.health.get(server.key);
        const isDead = health?.verdict === 'down' && health.streak?.passed === false;
        expect(isDead || view.maintenance.has(server.key)).toBe(true);
        expect(weight).toBe(0);
      }
    });
  });

  it('has a mark for everything that it takes to 0, with a weight above 0', () => {
    always((_, { edits, putMarks, dropMarks }) => {
      for (const weight of putMarks.values()) expect(weight).toBeGreaterThan(0);
      for (const { server, weight } of edits) {
        if (weight > 0) continue;
        expect(putMarks.get(server.key)).toBeGreaterThan(0);
        expect(dropMarks).not.toContain(server.key);
      }
    });
  });

  it('takes nothing for dead while no server answers well', () => {
    always((view, { edits }) => {
      const isAlive = [...view.health.values()].some(
        ({ verdict, streak }) => verdict === 'up' && streak?.passed,
      );
      if (!isAlive) expect(edits.filter(({ reason }) => reason === 'dead')).toEqual([]);
    });
  });

  it('is content with what it has done: decided again, nothing is to do', () => {
    always((view, decision) => {
      const now = weightsAfter(view, decision);
      const marks = new Map([...view.marks, ...decision.putMarks]);
      for (const server of decision.dropMarks) marks.delete(server);
      const live = {
        ...view.live,
        servers: view.live.servers.map((one) => ({ ...one, weight: now.get(one.key) ?? -1 })),
      };
      const again = decideService({ ...view, live, marks, memory: decision.memory });
      expect(again.edits).toEqual([]);
      expect([...again.putMarks]).toEqual([]);
      expect(again.dropMarks).toEqual([]);
      expect(again.events).toEqual([]);
    });
  });
});
