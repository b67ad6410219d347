import type { Diagnostic } from '../../domain/failure.ts';

/** What was found wrong with the table of one director. */
export interface TableDiagnostics {
  readonly director: string;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * A director that takes no part because its table has nothing of the rollout: where that is allowed it
 * is no error, as long as others do.
 */
export function tolerated(
  found: readonly (TableDiagnostics & { readonly takesPart: boolean })[],
  allowed: boolean,
): readonly TableDiagnostics[] {
  if (!allowed || !found.some(({ takesPart }) => takesPart)) return found;
  return found.map(({ director, diagnostics, takesPart }) => ({
    director,
    diagnostics: takesPart ? diagnostics : diagnostics.map(leftOut),
  }));
}

const leftOut = (diagnostic: Diagnostic): Diagnostic =>
  diagnostic.severity === 'error'
    ? { ...diagnostic, severity: 'warning', message: `left out: ${diagnostic.message}` }
    : diagnostic;

/** Everything once: what is not true of all directors says of which it is. */
export function ofAllTables(found: readonly TableDiagnostics[]): readonly Diagnostic[] {
  const byText = new Map<string, { readonly diagnostic: Diagnostic; readonly on: string[] }>();
  for (const { director, diagnostics } of found) {
    for (const diagnostic of diagnostics) {
      const text = JSON.stringify(diagnostic);
      const known = byText.get(text);
      if (known) known.on.push(director);
      else byText.set(text, { diagnostic, on: [director] });
    }
  }
  return [...byText.values()].map(({ diagnostic, on }) =>
    new Set(on).size === found.length
      ? diagnostic
      : { ...diagnostic, message: `on ${[...new Set(on)].join(', ')}: ${diagnostic.message}` },
  );
}
