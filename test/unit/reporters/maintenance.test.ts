import { describe, expect, it } from 'vitest';
import { buildMaintenance } from '../../../src/planner/maintenance/build-maintenance.ts';
import { createPlainReporter } from '../../../src/reporters/plain-reporter.ts';
import { formatPlan } from '../../../src/reporters/plan/plan-table.ts';
import { handOver } from '../../../src/reporters/wording.ts';
import { plannedEvent } from '../../../src/rollout/events/planned.ts';
import { defaultPolicy, server } from '../../support/simulated-rollout.ts';
import { realServer, snapshotOf, wrrService } from '../../support/tables.ts';

const planOf = (direction: 'out' | 'in', overMs: number, weight: number) => {
  const service = wrrService([realServer('10.0.0.1', weight), realServer('10.0.0.2', 25)]);
  const { plan } = buildMaintenance(
    {
      direction,
      servers: [server('10.0.0.1')],
      ramp: { overMs, everyMs: 1_000, curve: 'linear' },
      policy: defaultPolicy,
      force: false,
      weight: 100,
    },
    [{ director: 'local', snapshot: snapshotOf([service]), remembered: [] }],
  );
  if (!plan) throw new Error('no plan');
  return plan;
};

describe('maintenance', () => {
  it('is shown without a server that takes over, and ends with its last step', () => {
    const text = formatPlan(planOf('out', 0, 100), { diagnostics: [], width: 80 });
    expect(text).toContain('take out 10.0.0.1:80, in one step\n');
    expect(text).toMatch(/ 1 +0:00 +100 % +0 +25\n\nAfter the ramp: wait until 10\.0\.0\.1:80/);
    expect(text).toContain('then keep it in the table at weight 0.');
    expect(text).not.toContain('scale of the weights');
  });

  it('brings a server in with nothing to wait for', () => {
    const text = formatPlan(planOf('in', 4_000, 0), { diagnostics: [], width: 80 });
    expect(text).toContain('bring in 10.0.0.1:80, 4 steps over 4s, one every 1s\n');
    expect(text).toMatch(
      / 4 +0:04 +100 % +100 +25\n\nCheck: none \(--check asks each server before it gets weight\)\.\nGates: none but IPVS itself\.\nAfter the ramp: nothing is left to do\.\n$/,
    );
    expect(formatPlan(planOf('in', 4_000, 0), { diagnostics: [], width: 40 })).not.toContain(
      'all 0',
    );
  });

  it('is told in one sentence whose weight moves, whatever the scale of the steps', () => {
    let written = '';
    const reporter = createPlainReporter({
      write: (text) => {
        written += text;
      },
    });
    const event = plannedEvent(planOf('out', 4_000, 100));
    reporter.event({ v: 1, at: '2026-01-01T00:00:00.000Z', rollout: 'r', ...event });
    expect(written).toMatch(/plan: take out 10\.0\.0\.1:80 in tcp\/10\.0\.0\.100:80, over 4s/);
    expect(written).toMatch(/weights 10\.0\.0\.1:80 \d+ → 0, 1 other unchanged\n$/);
  });

  it('is named by what it does', () => {
    expect(handOver({ from: ['a', 'b'], to: [] })).toBe('take out a, b');
    expect(handOver({ from: [], to: ['c'] })).toBe('bring in c');
    expect(handOver({ from: ['a'], to: ['c'] })).toBe('a → c');
    expect(handOver({ from: [], to: ['c'], move: 'add' })).toBe('add c');
    expect(handOver({ from: [], to: ['a', 'c'], move: 'weight' })).toBe('set the weight of a, c');
  });
});
