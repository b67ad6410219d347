import { type Diagnostic, fail, type Result } from '../../domain/failure.ts';
import type { DirectorAccess } from '../../domain/places/director-access.ts';
import type { ClaimStore } from '../../rollout/journal/unfinished.ts';
import { whyTheyDiffer } from '../conduct/claimed-service.ts';
import { type PlanFailure, planErrors } from './planned-rollout.ts';

/**
 * Everything that the planner found wrong; or that a rollout which was cut off or is held left directors
 * different, for then it is that one which has to be ended.
 */
export async function whyRefused(
  store: ClaimStore,
  access: readonly DirectorAccess[],
  diagnostics: readonly Diagnostic[],
): Promise<PlanFailure> {
  const different = diagnostics.flatMap(({ severity, code, service }) =>
    severity === 'error' && code === 'tables-differ' && service !== undefined ? [service] : [],
  );
  const why = different.length > 0 ? await whyTheyDiffer(store, access, different) : undefined;
  return why ? [why] : planErrors(diagnostics);
}

export const refusedPlan = async (
  ...of: Parameters<typeof whyRefused>
): Promise<Result<never, PlanFailure>> => fail(await whyRefused(...of));
