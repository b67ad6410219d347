import { buildPlan } from '../../src/planner/build-plan.ts';
import type { JournalEntries } from '../../src/rollout/ports.ts';
import type { JournalEntry } from '../../src/rollout/state/journal.ts';
import { request } from './simulated-rollout.ts';
import { realServer, snapshotOf, wrrService } from './tables.ts';

/** The beginning of a rollout of 12 steps, and the first entries of it. */
export function journalEntries(rollout: string, count = 3): JournalEntries {
  const { plan } = buildPlan(request({ from: '10.0.0.1', to: '10.0.0.2' }), [
    { director: 'local', snapshot: snapshotOf([wrrService([realServer('10.0.0.1', 4)])]) },
  ]);
  if (!plan) throw new Error('no plan');
  const access = [{ director: 'local', where: 'local', ipvsadm: 'ipvsadm' }];
  const rest = Array.from({ length: count - 1 }, (_, i): JournalEntry => {
    const type = i % 2 === 0 ? 'intended' : 'reached';
    const milestone = { kind: 'step', step: Math.floor(i / 2) } as const;
    return { v: 1, atMs: i + 2, type, director: 'local', milestone };
  });
  return [{ v: 1, atMs: 1, type: 'opened', rollout, plan, access, startAtMs: 1 }, ...rest];
}
