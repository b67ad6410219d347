import type { Failure } from '../domain/failure.ts';

/** A trouble as daemons tell it; `listed-again` ends that of a table that could not be listed. */
export type TroubleEvent =
  | { readonly type: 'listed-again' }
  | {
      readonly type: 'warning';
      readonly code: string;
      readonly message: string;
      readonly service?: string;
    };

/**
 * Reports a trouble when it begins and when it changes, not at every attempt; and reports that a
 * table is there again.
 */
export function createTroubles(emit: (event: TroubleEvent) => void) {
  const last = new Map<string, string>();
  return (code: string, failure: Failure | undefined, service?: string): void => {
    const subject = `${code} ${service}`;
    if (failure === undefined) {
      if (last.delete(subject) && code === 'cannot-list') emit({ type: 'listed-again' });
      return;
    }
    if (last.get(subject) === failure.what) return;
    last.set(subject, failure.what);
    const message = inOneLine(failure);
    emit({ type: 'warning', code, message, ...(service === undefined ? {} : { service }) });
  };
}

/** A failure for a log, without advice that has commands in it: whoever reads it is elsewhere. */
export function inOneLine({ what, where, next }: Failure): string {
  const happened = where === undefined ? what : `${what} (${where})`;
  return typeof next === 'string' ? `${happened}; ${next}` : happened;
}
