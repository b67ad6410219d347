import type { Diagnostic } from './failure.ts';

/** What `drain doctor` says of one thing it looked at. */
export type Finding =
  | Diagnostic
  | {
      readonly severity: 'ok';
      readonly code: string;
      readonly message: string;
    };
