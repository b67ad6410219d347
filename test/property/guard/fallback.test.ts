import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type ServerKey, serverKey } from '../../../src/domain/address.ts';
import type { FallbackClaim } from '../../../src/domain/health/fallback.ts';
import type { Change, RealServer, VirtualService } from '../../../src/domain/ipvs/ipvs.ts';
import { decideService } from '../../../src/guard/decide/decide-guard.ts';
import type { Health } from '../../../src/guard/decide/health.ts';
import { blankMemory } from '../../../src/guard/decide/service-view.ts';
import { orderChanges } from '../../../src/rollout/edit/order-changes.ts';
import { guarded, web } from '../../support/simulated-guard.ts';

const nowMs = 100_000;
const healthOf = (verdict: Health['verdict'], passed: boolean): Health => ({
  verdict,
  streak: { passed, count: 9, sinceMs: 50_000, askedMs: 99_000, detail: '' },
  downsMs: [],
});
const rowOf = (n: number, weight: number): RealServer => ({
  ...{ key: serverKey(`10.0.0.${n}`, 80), address: `10.0.0.${n}`, port: 80 },
  ...{ forwarding: 'masq', weight, upperThreshold: 0, lowerThreshold: 0 },
});
const sketches = fc.array(
  fc.record({
    weight: fc.integer({ min: 0, max: 3 }),
    mark: fc.option(fc.integer({ min: 1, max: 100 }), { nil: undefined }),
    verdict: fc.constantFrom('up', 'down', 'unknown'),
    passed: fc.boolean(),
    isOut: fc.boolean(),
  }),
  { minLength: 1, maxLength: 4 },
);
const standIns = fc.record({
  state: fc.constantFrom('none', 'in', 'leaving'),
  weight: fc.constantFrom(0, 5),
  isThere: fc.boolean(),
  open: fc.integer({ min: 0, max: 2 }),
  isNamed: fc.boolean(),
  emptyForMs: fc.constantFrom(0, 60_000),
});

const sumOf = (weights: ReadonlyMap<ServerKey, number>): number =>
  [...weights.values()].reduce((sum, weight) => sum + weight, 0);

function withChange(weights: Map<ServerKey, number>, change: Change): void {
  if (change.kind === 'remove-server') weights.delete(change.server.key);
  if (change.kind === 'add-server' || change.kind === 'set-weight')
    weights.set(change.server.key, change.server.weight);
}

it('a fallback never leaves a service without weight, and goes only empty and at weight 0', () => {
  fc.assert(
    fc.property(sketches, standIns, (all, standIn) => {
      const own = all.map(({ weight }, i) => rowOf(i + 1, weight));
      const live: VirtualService = {
        ...{ key: web, scheduler: 'wrr', schedulerFlags: [], onePacket: false, servers: own },
        address: { kind: 'address', protocol: 'tcp', address: '10.0.0.100', port: 80 },
      };
      const added = rowOf(99, standIn.weight);
      const isClaimed = standIn.state !== 'none';
      const there = isClaimed && standIn.isThere ? [added] : [];
      const claim: FallbackClaim = {
        ...{ table: 'ipvsadm', service: web, servers: [added.key], sinceMs: 1 },
        ...(standIn.state === 'leaving' ? { leavingMs: 2 } : {}),
      };
      const decision = decideService({
        ...{ live, nowMs, maintenance: new Set() },
        guarded: standIn.isNamed
          ? { ...guarded, fallback: [{ server: { address: '10.0.0.99', port: 80 } }] }
          : guarded,
        memory: {
          ...blankMemory,
          fallbackEmptyMs: new Map([[added.key, nowMs - standIn.emptyForMs]]),
        },
        health: new Map(
          all.map(({ verdict, passed }, i) => [rowOf(i + 1, 0).key, healthOf(verdict, passed)]),
        ),
        marks: new Map(
          all.flatMap(({ mark }, i) =>
            mark === undefined ? [] : [[rowOf(i + 1, 0).key, mark] as const],
          ),
        ),
        operatorOut: new Set(all.flatMap(({ isOut }, i) => (isOut ? [rowOf(i + 1, 0).key] : []))),
        fallback: {
          ...(isClaimed ? { claim } : {}),
          servers: there,
          open: new Map([[added.key, standIn.open]]),
          out: new Set(),
        },
      });
      const { edits, fallback } = decision;
      const changes: readonly Change[] = [
        ...edits.map(
          ({ server, weight }): Change => ({
            kind: 'set-weight',
            service: web,
            server: { ...server, weight },
          }),
        ),
        ...fallback.changes,
      ];
      const table = { services: [{ ...live, servers: [...own, ...there] }] };
      const weights = new Map([...own, ...there].map(({ key, weight }) => [key, weight]));
      const hadWeight = sumOf(weights) > 0;
      for (const change of orderChanges(changes, table)) {
        if (change.kind === 'remove-server') {
          expect(change.server.key).toBe(added.key);
          expect([weights.get(added.key), standIn.open]).toEqual([0, 0]);
        }
        withChange(weights, change);
        if (hadWeight) expect(sumOf(weights)).toBeGreaterThan(0);
      }
      // Whatever is in the table by this guard is claimed, before it is there and until it is gone.
      const added99 = changes.some(({ kind }) => kind === 'add-server');
      if (added99) expect(isClaimed || fallback.claim?.servers.includes(added.key)).toBe(true);
      if (fallback.isOver) expect(weights.has(added.key)).toBe(false);
    }),
    { numRuns: 5_000 },
  );
});
