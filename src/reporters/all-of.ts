import type { Reporter } from './reporter.ts';

/** One reporter after the other for everything there is to tell. */
export const allOf = (reporters: readonly Reporter[]): Reporter => ({
  plan(plan, diagnostics) {
    for (const reporter of reporters) reporter.plan(plan, diagnostics);
  },
  opened(rollout) {
    for (const reporter of reporters) reporter.opened?.(rollout);
  },
  event(event) {
    for (const reporter of reporters) reporter.event(event);
  },
  async close() {
    await Promise.all(reporters.map((reporter) => reporter.close()));
  },
});
