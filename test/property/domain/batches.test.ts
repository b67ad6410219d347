import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type BatchSize,
  batchesOf,
  parseBatchSize,
  serversPerBatch,
} from '../../../src/domain/around/batches.ts';

const size: fc.Arbitrary<BatchSize> = fc.oneof(
  fc.record({ kind: fc.constant('servers' as const), count: fc.integer({ min: 1, max: 50 }) }),
  fc.record({ kind: fc.constant('percent' as const), percent: fc.integer({ min: 1, max: 100 }) }),
);

describe('batches', () => {
  it('are all servers in their order, none of them empty or larger than asked for', () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { maxLength: 60 }), size, (servers, asked) => {
        const batches = batchesOf(servers, asked);
        const most = serversPerBatch(asked, servers.length);
        expect(batches.flat()).toEqual(servers);
        for (const batch of batches) {
          expect(batch.length).toBeGreaterThan(0);
          expect(batch.length).toBeLessThanOrEqual(most);
        }
        // Only the last may be smaller.
        for (const batch of batches.slice(0, -1)) expect(batch.length).toBe(most);
      }),
    );
  });

  it('of a share never hold more than it, but always a server', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1_000 }),
        fc.integer({ min: 1, max: 100 }),
        (total, percent) => {
          const most = serversPerBatch({ kind: 'percent', percent }, total);
          expect(most).toBeGreaterThanOrEqual(1);
          if (most > 1) expect(most).toBeLessThanOrEqual((total * percent) / 100);
          expect(most + 1).toBeGreaterThan((total * percent) / 100);
        },
      ),
    );
  });

  it.each([
    ['1', { kind: 'servers', count: 1 }],
    [' 25% ', { kind: 'percent', percent: 25 }],
    ['100%', { kind: 'percent', percent: 100 }],
    ['0', undefined],
    ['0%', undefined],
    ['101%', undefined],
    ['-1', undefined],
    ['1.5', undefined],
    ['', undefined],
    ['1e3', undefined],
    ['half', undefined],
  ])('%j is %j', (text, expected) => {
    expect(parseBatchSize(text)).toEqual(expected);
  });
});
