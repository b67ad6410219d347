import type { Advice } from './printed-command.ts';

/**
 * Kinds of failure in the world, as data. A thrown exception is a bug; everything else is one of
 * these, and each kind has one exit code (CONTRACT: exit codes).
 */
export type FailureKind =
  | 'usage'
  | 'preflight'
  | 'drain-timeout'
  | 'gate'
  | 'conflict'
  | 'director'
  /** The director does not answer where it should be. */
  | 'unreachable'
  | 'sigint'
  | 'sigterm';

/** An error as the operator reads it: what happened, where, what to do next. */
export interface Failure {
  readonly kind: FailureKind;
  readonly what: string;
  readonly where?: string | undefined;
  /** The place in a file that `where` names. */
  readonly place?: FilePlace | undefined;
  readonly next?: Advice | undefined;
  /** A tag finer than the kind, where somebody decides by it. */
  readonly code?: FailureCode | undefined;
}

/**
 * `no-ip-vs`: ipvsadm says that the kernel has no IPVS. `too-much-output`: a command printed more than
 * is read of one. `overtaken`: an edit was computed from a table that somebody changed before the edit,
 * and is taken back. `no-such-rollout`: there is no journal of that id. `setting-not-set`: a setting of the
 * director's machine could not be read or set.
 */
export type FailureCode =
  | 'no-ip-vs'
  | 'too-much-output'
  | 'overtaken'
  | 'no-such-rollout'
  | 'setting-not-set';

/** A place in a file; lines and columns are counted from 1. */
export interface FilePlace {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** A place as words, `plan.yaml:3:7` or with a field `plan.yaml:3:7, over`, and beside them as data. */
export const atPlace = (
  place: FilePlace,
  field?: string,
): { readonly where: string; readonly place: FilePlace } => {
  const where = `${place.file}:${place.line}:${place.column}`;
  return { where: field === undefined ? where : `${where}, ${field}`, place };
};

/** Something the planner or the preflight found; an error stops the rollout before it starts. */
export interface Diagnostic {
  readonly severity: 'error' | 'warning';
  /** Kebab-case, stable: scripts match on it. */
  readonly code: string;
  readonly message: string;
  readonly next?: Advice;
  /** `tcp/10.0.0.100:80`, when it is about one virtual service. */
  readonly service?: string;
  /** The kind of an error, which gives the exit code. */
  readonly kind?: FailureKind;
}

export type Result<T, F = Failure> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly failure: F };

export const ok = <T>(value: T): { readonly ok: true; readonly value: T } => ({ ok: true, value });

export const fail = <F>(failure: F): { readonly ok: false; readonly failure: F } => ({
  ok: false,
  failure,
});

const exitCodes: Readonly<Record<FailureKind, number>> = {
  usage: 2,
  preflight: 3,
  'drain-timeout': 4,
  gate: 5,
  conflict: 6,
  director: 7,
  unreachable: 7,
  sigint: 130,
  sigterm: 143,
};

/** The exit code of a failure: `usage` is 2, `preflight` 3, ... (CONTRACT: exit codes). */
export const exitCodeOf = (kind: FailureKind): number => exitCodes[kind];

/** A finding of `drain doctor` about one thing. */
export type Finding =
  | Diagnostic
  | {
      readonly severity: 'ok';
      readonly code: string;
      readonly message: string;
    };

/** One failure or several, as a list. */
export const asFailures = (failure: Failure | readonly Failure[]): readonly Failure[] =>
  'kind' in failure ? [failure] : failure;
