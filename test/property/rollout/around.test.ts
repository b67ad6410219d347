import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AroundRecord,
  nextAction,
  reopened,
  withMember,
  withPhase,
} from '../../../src/domain/around/around.ts';

const record = (sizes: readonly number[]): AroundRecord => ({
  around: 'x-around',
  startedMs: 0,
  access: [{ director: 'local', where: 'local', ipvsadm: 'ipvsadm' }],
  command: ['true'],
  force: false,
  terms: { kind: 'options', out: {}, in: {} },
  batches: sizes.map((size, batch) => ({
    phase: 'waiting',
    servers: Array.from({ length: size }, (_, index) => {
      const address = `10.0.${batch}.${index + 1}`;
      return { address, name: { address }, isCommandDone: false };
    }),
  })),
});

describe('an around', () => {
  it('stopped at any point and gone on with: never a command in service, never again after success', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 5 }),
        // What becomes of each action: done, or cut off; of the commands of a batch, as many as that.
        fc.array(fc.record({ cut: fc.boolean(), done: fc.nat(4) }), { maxLength: 40 }),
        (sizes, fates) => {
          let now = record(sizes);
          const out = new Set<string>();
          const done = new Set<string>();
          const next = { out: 'command', command: 'in', in: 'done' } as const;
          for (let turn = 0; ; turn++) {
            const action = nextAction(now);
            if (action.kind === 'finish') break;
            const { kind, batch, servers } = action;
            const { cut, done: some } = fates[turn] ?? { cut: false, done: 4 };
            now = withPhase(now, batch, kind);
            const reach = cut ? servers.slice(0, some) : servers;
            for (const server of reach) {
              if (kind === 'out') out.add(server.address);
              if (kind === 'in') out.delete(server.address);
              if (kind !== 'command') continue;
              expect(out.has(server.address)).toBe(true);
              expect(done.has(server.address)).toBe(false);
              done.add(server.address);
              now = withMember(now, batch, { ...server, isCommandDone: true });
            }
            if (cut) {
              // Somebody brings them in by hand, and goes on.
              out.clear();
              now = reopened(now);
            } else {
              now = withPhase(now, batch, next[kind]);
            }
            expect(
              now.batches.filter(({ phase }) => phase !== 'waiting' && phase !== 'done').length,
            ).toBeLessThanOrEqual(1);
          }
          expect(done.size).toBe(sizes.reduce((sum, size) => sum + size, 0));
          expect(out.size).toBe(0);
        },
      ),
    );
  });
});
