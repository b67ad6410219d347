import type { Reporter } from './reporter.ts';

/** One reporter after the other for everything there is to tell. */
export const both = (first: Reporter, second: Reporter): Reporter => ({
  plan(plan, diagnostics) {
    first.plan(plan, diagnostics);
    second.plan(plan, diagnostics);
  },
  event(event) {
    first.event(event);
    second.event(event);
  },
  close() {
    first.close();
    second.close();
  },
});
