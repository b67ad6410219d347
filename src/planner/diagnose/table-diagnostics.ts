import type { Diagnostic } from '../../domain/failure.ts';

/** The diagnostics of one director's table. */
export interface TableDiagnostics {
  readonly director: string;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Makes warnings of the errors of directors that take no part, where that is allowed and other
 * directors take part.
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

/**
 * Merges all directors' diagnostics: each comes once, and names its directors unless all have it.
 */
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
