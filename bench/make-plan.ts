import type { Plan } from '../src/domain/rollout/plan.ts';
import { buildPlan } from '../src/planner/build-plan.ts';
import { largeTable, requestOver, type TableSize } from './large-table.ts';

export interface PlanSize extends TableSize {
  readonly steps: number;
}

/** Gives what makes the plan: the table is there already, as it is when somebody asks for one. */
export function planMaker({ steps, ...size }: PlanSize): () => Plan {
  const tables = [{ director: 'local', snapshot: largeTable(size) }];
  return () => {
    const { plan, diagnostics } = buildPlan(requestOver(steps), tables);
    if (!plan) throw new Error(JSON.stringify(diagnostics[0]));
    return plan;
  };
}
