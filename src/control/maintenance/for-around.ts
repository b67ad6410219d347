import type { Diagnostic } from '../../domain/failure.ts';

/** The diagnostic with other advice than that of `drain in`, where that is not for `drain around` to do. */
export const forAround = (found: Diagnostic): Diagnostic => ({ ...found, ...advice[found.code] });

const advice: Readonly<Record<string, { readonly next: string }>> = {
  'weight-unknown': {
    next: 'give it one first with drain in SERVER --weight N, or leave it out',
  },
  'server-gone': {
    next: 'have it forgotten first with drain in SERVER --force, or leave it out',
  },
};
