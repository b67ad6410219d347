import type { Diagnostic } from '../../domain/failure.ts';
import { noHostFacts } from '../../domain/ipvs/host-facts.ts';
import { findServer } from '../../domain/ipvs/ipvs.ts';
import type { Plan } from '../../domain/rollout/plan.ts';
import type { DirectorTable } from '../plan-tables.ts';
import { examineHost } from './examine-host.ts';
import { ofAllTables } from './table-diagnostics.ts';

/** Examines the machines for a plan that was compiled earlier, maybe on other ones. */
export const examinePlan = (plan: Plan, tables: readonly DirectorTable[]): readonly Diagnostic[] =>
  ofAllTables(
    tables.map((table) => ({ director: table.director, diagnostics: examineTable(plan, table) })),
  );

function examineTable(
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
