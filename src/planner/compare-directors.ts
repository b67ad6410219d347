import type { ServiceKey } from '../domain/address.ts';
import type { Diagnostic } from '../domain/failure.ts';
import type { Snapshot } from '../domain/ipvs/ipvs.ts';
import { diffService } from './baseline-diff.ts';

/** Lines of differences that one message shows at most. */
const mostLines = 6;

/** The table of one director, as far as it is compared. */
interface ComparedTable {
  readonly director: string;
  readonly snapshot: Pick<Snapshot, 'services'>;
}

/**
 * Compares each director's services with those of the first one: all should hold them alike. A
 * difference is an error, or a warning with `allowed`.
 */
export function compareDirectors(
  tables: readonly ComparedTable[],
  services: ReadonlySet<ServiceKey>,
  allowed: boolean,
): readonly Diagnostic[] {
  const [first, ...others] = tables;
  if (!first) return [];
  return others.flatMap((other) =>
    [...services].flatMap((key): readonly Diagnostic[] => {
      const [a, b] = [first, other].map(({ snapshot }) =>
        snapshot.services.find((service) => service.key === key),
      );
      const lines = a ? diffService(a, b) : ['it is on the second one alone'];
      if (lines.length === 0 || (!a && !b)) return [];
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
    }),
  );
}
