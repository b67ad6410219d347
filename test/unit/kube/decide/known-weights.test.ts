import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { ServerKey } from '../../../../src/domain/address.ts';
import {
  knownAfter,
  knownWeight,
  noneKnown,
} from '../../../../src/kube/decide/weights/known-weights.ts';
import { node } from '../../../support/kube/decide-lab.ts';

it('known weights are those that were set last, however many changes there were', () => {
  const change = fc.tuple(fc.integer({ min: 1, max: 60 }), fc.option(fc.integer({ min: 0 })));
  const batch = fc.array(change, { maxLength: 40 });
  fc.assert(
    fc.property(fc.array(batch, { maxLength: 20 }), (batches) => {
      const plain = new Map<ServerKey, number | undefined>();
      let known = noneKnown;
      for (const one of batches) {
        const changes = new Map(one.map(([n, weight]) => [node(n), weight ?? undefined]));
        for (const [key, weight] of changes) plain.set(key, weight);
        known = knownAfter(known, changes);
      }
      for (let n = 1; n <= 60; n++) expect(knownWeight(known, node(n))).toBe(plain.get(node(n)));
    }),
  );
});

it('one change among many servers copies none of them', () => {
  const many = new Map(Array.from({ length: 200 }, (_, i) => [node(i), 100] as const));
  const known = knownAfter(noneKnown, many);
  const later = knownAfter(known, new Map([[node(7), 0]]));
  expect(later.list).toBe(known.list);
  expect([knownWeight(later, node(7)), knownWeight(later, node(8))]).toEqual([0, 100]);
  expect(knownWeight(known, node(7))).toBe(100);
});
