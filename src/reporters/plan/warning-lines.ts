import type { Diagnostic } from '../../domain/failure.ts';
import { printable } from '../../domain/printable.ts';
import { adviceText } from '../../domain/rollout/rollout-status.ts';
import { wrapWords } from '../text/wrap-words.ts';

export interface WarningOptions {
  /** Whether to name the service; under the service's heading that is not needed. */
  readonly namesService?: boolean;
  readonly indent?: string;
}

/** Warnings as paragraphs that begin with `!`. */
export function warningLines(
  diagnostics: readonly Diagnostic[],
  width: number,
  { namesService = true, indent = '' }: WarningOptions = {},
): readonly string[] {
  return diagnostics.flatMap(({ service, message, next }) => {
    const name = namesService && service ? `${printable(service)}: ` : '';
    const advice = next ? ` – ${printable(adviceText(next), 600)}` : '';
    return wrapWords(`${name}${printable(message, 600)}${advice}`, {
      columns: width,
      first: `${indent}! `,
    });
  });
}
