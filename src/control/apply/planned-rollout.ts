import type { Diagnostic, Failure } from '../../domain/failure.ts';
import type { RunRequest } from '../conduct/request.ts';

/** A request turned into a plan on the tables of the directors as they are now. */
export type PlannedRollout = Pick<
  RunRequest,
  'plan' | 'warnings' | 'estimates' | 'opened' | 'state' | 'store' | 'force' | 'replaces'
>;

/** Reasons why there is no plan: one failure, or everything that the planner found wrong. */
export type PlanFailure = readonly Failure[];

export const planErrors = (diagnostics: readonly Diagnostic[]): PlanFailure =>
  diagnostics.filter(({ severity }) => severity === 'error').map(asFailure);

export const asFailure = ({ kind, message, service, next }: Diagnostic): Failure => ({
  kind: kind ?? 'usage',
  what: message,
  ...(service === undefined ? {} : { where: service }),
  ...(next === undefined ? {} : { next }),
});
