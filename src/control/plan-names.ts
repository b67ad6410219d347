import type { ServerName } from '../domain/address.ts';
import type { Diagnostic } from '../domain/failure.ts';
import { namesOf, withNames, writtenNames } from '../domain/places/names-in-text.ts';
import type { Plan } from '../domain/rollout/plan.ts';

interface Planned {
  readonly plan?: Plan | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/** A plan with the names by which its servers were called, and what the planner says of them by name. */
export function planWithNames<Built extends Planned>(
  built: Built,
  called: readonly ServerName[],
): Built {
  const written = writtenNames(called);
  const diagnostics = built.diagnostics.map((one) => ({
    ...one,
    message: withNames(one.message, written),
  }));
  const { plan } = built;
  const names = plan && namesOf([...plan.from, ...plan.to], called);
  return { ...built, diagnostics, ...(names ? { plan: { ...plan, names } } : {}) };
}
