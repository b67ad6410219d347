import type { Director } from '../../src/rollout/ports.ts';

/** A director that gives these answers, and to anything else an exception: it was not to be asked that. */
export function answeringDirector(name: string, answers: Partial<Director> = {}): Director {
  const refuse = (what: string) => () => {
    throw new Error(`${name} was asked for ${what}`);
  };
  return {
    name,
    snapshot: refuse('its table'),
    apply: refuse('an edit'),
    sample: refuse('a sample'),
    connections: refuse('its connections'),
    look: refuse('a look'),
    totals: refuse('totals'),
    recentTotals: () => undefined,
    stillShows: () => undefined,
    measure: refuse('a measurement'),
    syncDaemons: refuse('sync daemons'),
    hostCounters: refuse('host counters'),
    facts: refuse('facts'),
    ...answers,
  };
}
