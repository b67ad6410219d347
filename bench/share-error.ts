/** Steps of a ramp from one server to another, and what came of each. */
export interface DeliveredStep {
  /** Of the new connections, the part that the new server should get. */
  readonly intended: number;
  readonly connections: number;
  readonly toNew: number;
}

export interface ShareError {
  readonly worst: number;
  readonly mean: number;
}

/** How many connections went to the wrong server: 3 of 10 where 25 % were meant is off by 0.5. */
export function shareError(steps: readonly DeliveredStep[]): ShareError {
  const errors = steps.map(({ intended, connections, toNew }) =>
    Math.abs(toNew - intended * connections),
  );
  return {
    worst: rounded(Math.max(...errors)),
    mean: rounded(errors.reduce((a, b) => a + b, 0) / errors.length),
  };
}

/** Without what floating point adds, which is no error of a share. */
const rounded = (error: number): number => Math.round(error * 1e9) / 1e9;

/** What a script does: `[100, 0]` to `[0, 100]` in whole hundredths, so many steps after the first. */
export const hundredths = (steps: number): readonly (readonly [number, number])[] =>
  Array.from({ length: steps + 1 }, (_, k) => {
    const fraction = k / steps;
    return [Math.round(100 * (1 - fraction)), Math.round(100 * fraction)] as const;
  });
