import type { Diagnostic } from '../domain/failure.ts';
import { noHostFacts } from '../domain/host-facts.ts';
import { findServer } from '../domain/ipvs.ts';
import type { Plan } from '../domain/plan.ts';
import type { DirectorTable } from './build-plan.ts';
import { examineHost } from './examine-host.ts';

/** What a machine means for a plan that was compiled earlier, maybe on another one. */
export function examinePlan(
  plan: Plan,
  { director, snapshot, facts = noHostFacts }: DirectorTable,
): readonly Diagnostic[] {
  const planned = plan.directors.find((one) => one.director === director)?.services ?? [];
  const leaving = planned.map(({ baseline, oldServers }) => ({
    service: baseline,
    old: oldServers.flatMap((key) => findServer(baseline, key) ?? []),
  }));
  const { schedule, policy } = plan;
  return examineHost({ facts, snapshot, leaving, schedule, policy });
}
