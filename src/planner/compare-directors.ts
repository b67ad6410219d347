import type { Diagnostic } from '../domain/failure.ts';
import type { DirectorPlan } from '../domain/plan.ts';
import { diffService } from './baseline-diff.ts';

/** So many lines of differences tell somebody what is wrong. */
const mostLines = 6;

/**
 * Directors of one rollout are meant to hold the same services alike: where they do not, somebody has
 * forgotten one of them. `allowed` makes a warning of it. Weights on the scale of a ramp are no
 * difference here, for what is compared is the table from before.
 */
export function compareDirectors(
  directors: readonly DirectorPlan[],
  allowed: boolean,
): readonly Diagnostic[] {
  const [first, ...others] = directors;
  if (!first) return [];
  return others.flatMap((other) => {
    const keys = new Set([...first.services, ...other.services].map(({ service }) => service));
    return [...keys].flatMap((key): readonly Diagnostic[] => {
      const [a, b] = [first, other].map(
        ({ services }) => services.find(({ service }) => service === key)?.baseline,
      );
      const lines = a ? diffService(a, b) : ['it is on the second one alone'];
      if (lines.length === 0) return [];
      const more = lines.length > mostLines ? [`and ${lines.length - mostLines} lines more`] : [];
      const shown = [...lines.slice(0, mostLines), ...more].join('; ');
      return [
        {
          severity: allowed ? 'warning' : 'error',
          code: 'tables-differ',
          kind: 'preflight',
          service: key,
          message: `${first.director} and ${other.director} do not hold ${key} alike: ${shown}`,
          next: 'make them alike, or go on with each as it is: --allow-differences',
        },
      ];
    });
  });
}
