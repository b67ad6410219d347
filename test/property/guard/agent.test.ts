import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ServerKey } from '../../../src/domain/address.ts';
import {
  type AgentStanding,
  hearAgent,
  isOutByAgent,
  shareOf,
  silent,
} from '../../../src/guard/decide/agent.ts';
import { decideService } from '../../../src/guard/decide/decide-guard.ts';
import type { Health } from '../../../src/guard/decide/health.ts';
import { blankMemory } from '../../../src/guard/decide/service-view.ts';
import { guarded, key } from '../../support/simulated-guard.ts';
import { realServer, wrrService } from '../../support/tables.ts';

const up: Health = {
  verdict: 'up',
  streak: { passed: true, count: 9, sinceMs: 0, askedMs: 0, detail: '' },
  downsMs: [],
};
const standings: fc.Arbitrary<AgentStanding> = fc.record({
  percent: fc.integer({ min: 0, max: 100 }),
  admin: fc.constantFrom('ready' as const, 'drain' as const, 'maint' as const),
  isDown: fc.boolean(),
});
/** What the agents of some servers say, one round after the other; `undefined`: not asked yet. */
const rounds = fc.integer({ min: 2, max: 5 }).chain((n) =>
  fc.record({
    bases: fc.array(fc.integer({ min: 1, max: 1_000 }), { minLength: n, maxLength: n }),
    said: fc.array(
      fc.array(fc.option(standings, { nil: undefined }), { minLength: n, maxLength: n }),
      { minLength: 1, maxLength: 8 },
    ),
  }),
);

describe('agents, whatever they say one after the other', () => {
  it('leave one server at least, set none above its base weight, and lose no base weight', () => {
    fc.assert(
      fc.property(rounds, ({ bases, said }) => {
        let weights = bases;
        let marks = new Map<ServerKey, number>();
        let memory = blankMemory;
        const turn = (agents: readonly (AgentStanding | undefined)[]): void => {
          const decision = decideService({
            guarded: { ...guarded, rampUpMs: 0 },
            live: wrrService(weights.map((weight, i) => realServer(`10.0.0.${i + 1}`, weight))),
            health: new Map(bases.map((_, i) => [key(i + 1), up])),
            agents: new Map(agents.flatMap((one, i) => (one ? [[key(i + 1), one] as const] : []))),
            ...{ marks, memory, nowMs: 1_000, operatorOut: new Set(), maintenance: new Set() },
          });
          memory = decision.memory;
          marks = new Map([...marks, ...decision.putMarks]);
          for (const server of decision.dropMarks) marks.delete(server);
          const edited = new Map(decision.edits.map((one) => [one.server.key, one.weight]));
          expect(edited.size).toBe(decision.edits.length);
          weights = weights.map((weight, i) => edited.get(key(i + 1)) ?? weight);
          for (const [i, base] of bases.entries()) {
            const [weight = -1, mark] = [weights[i], marks.get(key(i + 1))];
            expect(weight).toBeLessThanOrEqual(base);
            expect(mark ?? weight).toBe(base);
          }
          expect(weights.some((weight) => weight > 0)).toBe(true);
        };
        for (const agents of said) turn(agents);
        const last = said.at(-1) ?? [];
        for (const [i, agent] of last.entries()) {
          if (!agent || isOutByAgent(agent)) continue;
          expect(weights[i]).toBe(shareOf(agent, bases[i] ?? 0));
        }
        turn(bases.map(() => silent));
        expect([weights, marks.size]).toEqual([bases, 0]);
      }),
      { numRuns: 1_000 },
    );
  });

  it('may say anything: a percentage stays from the least to 100', () => {
    const word = fc.oneof(
      fc.string(),
      fc.integer().map((n) => `${n}%`),
      fc.constantFrom('up', 'DOWN', 'drain', 'ready', '#', '0%', '100%'),
    );
    fc.assert(
      fc.property(fc.array(word), fc.integer({ min: 0, max: 100 }), (words, least) => {
        const { standing } = hearAgent(silent, words.join(' '), { least });
        expect(standing.percent).toBeGreaterThanOrEqual(least);
        expect(standing.percent).toBeLessThanOrEqual(100);
      }),
    );
  });
});
