import { describe, expect, it } from 'vitest';
import { buildPlan } from '../../../src/planner/build-plan.ts';
import { request } from '../../support/simulated-rollout.ts';
import { realServer, snapshotOf, wrrService } from '../../support/tables.ts';

/** A table of 10.0.0.1 (old) with weight 30 and two new servers, of which null is to be added. */
function planned(weights: readonly [number | null, number | null], to: string, weight?: number) {
  const servers = weights.flatMap((held, i) =>
    held === null ? [] : [realServer(`10.0.0.${i + 2}`, held)],
  );
  const asked = { from: '10.0.0.1', to, ...(weight === undefined ? {} : { weight }) };
  const snapshot = snapshotOf([wrrService([realServer('10.0.0.1', 30), ...servers])]);
  const { plan, diagnostics } = buildPlan(request(asked), [{ director: 'local', snapshot }]);
  const [service] = plan?.directors[0]?.services ?? [];
  return { final: service?.finalWeights.slice(1, 3), diagnostics };
}

describe('shares that are asked for', () => {
  it.each([
    ['of servers that are new', [null, null], '10.0.0.2=2,10.0.0.3=1', [20, 10]],
    ['of one that has weight already', [null, 6], '10.0.0.2=2,10.0.0.3=1', [24, 12]],
    ['that one has to the last unit', [null, 15], '10.0.0.2=2,10.0.0.3=1', [30, 15]],
    ['that whole weights round', [null, 31], '10.0.0.2=1,10.0.0.3=1', [30, 31]],
  ] as const)('%s are what they end with', (_, weights, to, final) => {
    expect(planned(weights, to)).toMatchObject({ final, diagnostics: [] });
  });

  it('are refused where a new server would have to give weight up, with what can be had', () => {
    const refused = planned([null, 100], '10.0.0.2=2,10.0.0.3=1');
    expect(refused.final).toBeUndefined();
    expect(refused.diagnostics).toEqual([
      {
        severity: 'error',
        code: 'shares-out-of-reach',
        service: 'tcp/10.0.0.100:80',
        message:
          'the shares --to 10.0.0.2:80=2,10.0.0.3:80=1 cannot be had: 10.0.0.3:80 would end with 43.3 of the 130 that old and new servers hold, and has 100 already, which a rollout does not take from a new server',
        next: 'use --to 10.0.0.2:80=3,10.0.0.3:80=10, which they can have, leave the shares out, or give them more in all, with --weight 300',
      },
    ]);
  });

  it('are refused from one whole unit on that a server has too much', () => {
    // 31 of 62 would be its half.
    expect(planned([null, 32], '10.0.0.2=1,10.0.0.3=1').diagnostics).toMatchObject([
      {
        code: 'shares-out-of-reach',
        message: expect.stringContaining('would end with 31 of the 62'),
      },
    ]);
  });

  it('are named as they were given where they are no whole numbers', () => {
    const [refused] = planned([null, 100], '10.0.0.2=1.5,10.0.0.3=1').diagnostics;
    expect(refused?.message).toContain('--to 10.0.0.2:80=1.5,10.0.0.3:80=1 cannot be had');
  });

  it('can be had in each of the ways that the refusal names', () => {
    const weights = [null, 100] as const;
    const good = (to: string, weight?: number) => planned(weights, to, weight);
    expect(good('10.0.0.2:80=3,10.0.0.3:80=10')).toEqual({ final: [30, 100], diagnostics: [] });
    expect(good('10.0.0.2,10.0.0.3')).toEqual({ final: [30, 100], diagnostics: [] });
    expect(good('10.0.0.2=2,10.0.0.3=1', 300)).toEqual({ final: [200, 100], diagnostics: [] });
  });

  it('are refused where a server gains nothing and the others get less than they ask for', () => {
    const { diagnostics } = planned([50, 40], '10.0.0.2=1,10.0.0.3=9');
    expect(diagnostics).toMatchObject([
      {
        code: 'shares-out-of-reach',
        next: expect.stringContaining('10.0.0.2:80=5,10.0.0.3:80=7,'),
      },
    ]);
  });
});
