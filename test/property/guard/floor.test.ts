import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type ServerKey, serverKey } from '../../../src/domain/address.ts';
import { baseOf, type Floor, isKept, servingOf } from '../../../src/domain/floor/floor.ts';
import type { VirtualService } from '../../../src/domain/ipvs/ipvs.ts';
import { decideService } from '../../../src/guard/decide/decide-guard.ts';
import type { Health } from '../../../src/guard/decide/health.ts';
import { blankMemory } from '../../../src/guard/decide/service-view.ts';
import { countServices } from '../../../src/rollout/state/counted-service.ts';
import { guarded, web } from '../../support/simulated-guard.ts';

const nowMs = 100_000;
const healthOf = (isDown: boolean): Health => ({
  verdict: isDown ? 'down' : 'up',
  streak: { passed: !isDown, count: 9, sinceMs: isDown ? 90_000 : 0, askedMs: 99_000, detail: '' },
  downsMs: [],
});

const floors: fc.Arbitrary<Floor> = fc.oneof(
  fc.integer({ min: 1, max: 6 }).map((count) => ({ kind: 'count' as const, count })),
  fc.integer({ min: 1, max: 100 }).map((percent) => ({ kind: 'percent' as const, percent })),
);
const sketches = fc.array(
  fc.record({
    weight: fc.integer({ min: 0, max: 100 }),
    isDown: fc.boolean(),
    isInFolder: fc.boolean(),
    /** The weight from before of one that an operator has out. */
    operator: fc.option(fc.integer({ min: 1, max: 100 }), { nil: undefined }),
  }),
  { minLength: 1, maxLength: 6 },
);

it('a guard takes no service below its floor, whatever fails, is named in the folder or is out already', () => {
  fc.assert(
    fc.property(sketches, floors, (all, floor) => {
      const key = (i: number): ServerKey => serverKey(`10.0.0.${i + 1}`, 80);
      const servers = all.map(({ weight, operator }, i) => ({
        ...{ key: key(i), address: `10.0.0.${i + 1}`, port: 80, forwarding: 'masq' as const },
        ...{ weight: operator === undefined ? weight : 0, upperThreshold: 0, lowerThreshold: 0 },
      }));
      const live: VirtualService = {
        ...{ key: web, scheduler: 'wrr', schedulerFlags: [], onePacket: false, servers },
        address: { kind: 'address', protocol: 'tcp', address: '10.0.0.100', port: 80 },
      };
      const marks = all.flatMap(({ operator }, i) =>
        operator === undefined
          ? []
          : [{ service: web, server: key(i), reason: 'operator' as const, weight: operator }],
      );
      const claims = { table: 'ipvsadm', marks, clusters: [], unfinished: [] };
      const count = (service: VirtualService) => {
        const [counted] = countServices(claims, [service]);
        if (!counted) throw new Error('not counted');
        return counted;
      };
      const before = count(live);
      const { edits } = decideService({
        ...{ guarded, live, nowMs, memory: blankMemory, marks: new Map() },
        health: new Map(all.map(({ isDown }, i) => [key(i), healthOf(isDown)])),
        operatorOut: new Set(marks.map(({ server }) => server)),
        maintenance: new Set(all.flatMap(({ isInFolder }, i) => (isInFolder ? [key(i)] : []))),
        floor: { floor, counted: before },
      });
      const taken = new Set(edits.map(({ server }) => server.key));
      const after = count({
        ...live,
        servers: servers.map((one) => (taken.has(one.key) ? { ...one, weight: 0 } : one)),
      });
      if (taken.size > 0) {
        expect(isKept({ floor, base: baseOf(before) }, servingOf(after))).toBe(true);
      }
    }),
    { numRuns: 2_000 },
  );
});
