import { runInNewContext } from 'node:vm';
import { assertNever } from '../domain/assert-never.ts';
import type { BodyMatch } from '../domain/health/gate.ts';

/** The time limit of a pattern: most take microseconds; `(a+)+$` can take years on a wrong text. */
const mostMatchMs = 100;

/** `undefined` for a body that matches, otherwise what is wrong with it. */
export function bodyComplaint(body: string, match: BodyMatch): string | undefined {
  switch (match.kind) {
    case 'text':
      return body.includes(match.text) ? undefined : `does not contain "${match.text}"`;
    case 'pattern':
      return patternComplaint(body, match.source, match.flags);
    default:
      return assertNever(match);
  }
}

function patternComplaint(body: string, source: string, flags: string): string | undefined {
  try {
    // The only way to stop a regular expression that has begun.
    const matches = runInNewContext(
      'new RegExp(source, flags).test(body)',
      { source, flags, body },
      { timeout: mostMatchMs },
    );
    return matches ? undefined : `does not match /${source}/${flags}`;
  } catch {
    return `takes too long to match against /${source}/${flags}`;
  }
}
