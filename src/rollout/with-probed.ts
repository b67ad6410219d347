import type { Observation } from './observation.ts';

/**
 * A look at directors that took some time, and what a probe beside it has found meanwhile: the look began
 * with a probe that was under way, and would leave it so for good.
 */
export function withProbed(seen: Observation, now: Observation): Observation {
  const probed = [...seen.directors].flatMap(([name, { probe }]) => {
    const found = now.directors.get(name);
    return probe === 'under-way' && found ? [[name, found] as const] : [];
  });
  return { ...seen, directors: new Map([...seen.directors, ...probed]) };
}
