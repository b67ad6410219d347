import { expect, it } from 'vitest';
import { blankMemory, blankServiceMemory } from '../../../../src/kube/decide/kube-view.ts';
import { inBaseWeights, inForce } from '../../../../src/kube/run/base-weights.ts';
import type { WeightAccount } from '../../../../src/rollout/state/weight-account.ts';
import { realServer, wrrService } from '../../../support/tables.ts';

/** A rollout that is held has the service at an eighth of its weights. */
const eighth: WeightAccount = {
  baseOf: (_, __, weight) => weight * 8,
  inForce: (_, __, base) => Math.round(base / 8),
  isOnScale: () => true,
};
const row = (n: number, weight: number) => realServer(`10.0.0.${n}`, weight);
const { key: web } = wrrService([]);

it('what a held rollout has on its scale is read as base weights: the one that is remembered, where that is rounded', () => {
  const live = [wrrService([row(1, 13), row(2, 13), row(3, 0)])];
  const known = { list: [{ key: row(1, 0).key, weight: 100 }], later: new Map() };
  const memory = {
    ...blankMemory,
    services: new Map([[web, { ...blankServiceMemory, known }]]),
  };
  const based = inBaseWeights(eighth, live, { memory, claims: [] });
  expect(based[0]?.servers.map(({ weight }) => weight)).toEqual([100, 104, 0]);
  expect(inBaseWeights(undefined, live, { memory, claims: [] })).toBe(live);
});

it('an edit sets what stands for a base weight, and 0 is 0', () => {
  const edit = (weight: number) => ({
    ...{ kind: 'set-weight' as const, service: web, server: row(1, weight) },
  });
  const weights = inForce(eighth, [edit(100), edit(0)]).map((one) =>
    one.kind === 'set-weight' ? one.server.weight : undefined,
  );
  expect(weights).toEqual([13, 0]);
  expect(inForce(undefined, [edit(7)])).toEqual([edit(7)]);
});
