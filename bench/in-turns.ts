import { median } from './quantiles.ts';

type Measure = () => number | Promise<number>;

/**
 * Each of them once, then each of them again, `rounds` times over, so that a machine that is busy for a
 * while is busy for all of them. The first round only warms up. Gives the values of each.
 */
export async function inTurns<Name extends string>(
  rounds: number,
  measures: Readonly<Record<Name, Measure>>,
): Promise<Readonly<Record<Name, readonly number[]>>> {
  const names = Object.keys(measures) as Name[];
  const values = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<
    Name,
    number[]
  >;
  for (let round = 0; round <= rounds; round++) {
    // Backwards every other time: whoever follows another may pay for what it left behind.
    for (const name of round % 2 === 0 ? names : [...names].reverse()) {
      const value = await measures[name]();
      if (round > 0) values[name].push(value);
    }
  }
  return values;
}

/** The medians of `inTurns`. */
export async function mediansInTurns<Name extends string>(
  rounds: number,
  measures: Readonly<Record<Name, Measure>>,
): Promise<Readonly<Record<Name, number>>> {
  const values = await inTurns(rounds, measures);
  const entries = Object.entries<readonly number[]>(values);
  return Object.fromEntries(entries.map(([name, all]) => [name, median(all)])) as Record<
    Name,
    number
  >;
}

/** How long it took, in milliseconds. */
export async function timed(run: () => unknown): Promise<number> {
  const startMs = performance.now();
  await run();
  return performance.now() - startMs;
}
