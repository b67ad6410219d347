import type { ConfEdit } from '../../files/keepalived/edit.ts';

/** The answer of keepalived's configuration test. */
export interface TestAnswer {
  readonly code: number;
  /** Its messages, a line each, with the name of the file left out. */
  readonly said: readonly string[];
}

/**
 * An edit of one file of keepalived's configuration under way: what is on disk beside that file, so that
 * whoever finds it can go on. It is replaced whole at each step.
 */
export interface ConfJob {
  readonly id: string;
  readonly startedMs: number;
  /** The file itself, past any symbolic link. */
  readonly path: string;
  readonly edits: readonly ConfEdit[];
  /** SHA-256 of the file before and after. */
  readonly before: string;
  readonly after: string;
  /** The same of what keepalived reads of it. */
  readonly readBefore: string;
  readonly readAfter: string;
  /** What the configuration test said before the edit. */
  readonly test: TestAnswer;
  readonly step: JobStep;
  /** Why the edit is taken back. */
  readonly why?: string | undefined;
}

/** `begun`: nothing is known of the edited file; `tested`: the test says of it what it said before. */
export type JobStep = 'begun' | 'tested' | 'going-back';

/** What is there, as far as a job is about it. */
export interface Seen {
  readonly target: 'before' | 'after' | 'other';
  /** `other`: an edit of somebody else that came between the last look and the swap is in it. */
  readonly backup: 'whole' | 'other' | 'none';
  /** Whether the edited file lies whole beside its place. */
  readonly hasDraft: boolean;
  /** What the running keepalived has read of the file; `unknown` where none runs. */
  readonly running: 'before' | 'after' | 'other' | 'unknown';
  /** A file that somebody has changed since keepalived read it: a reload would have it read. */
  readonly unread?: string | undefined;
  /** The time since this process has told keepalived to read its files; absent: it has not. */
  readonly sinceReloadMs?: number | undefined;
}

export type JobAction =
  | { readonly kind: 'write-draft' }
  /** The draft takes the place of the file, which is kept as the backup. */
  | { readonly kind: 'swap' }
  /** Asks keepalived's test, and keeps what follows: `tested`, or the way back. */
  | { readonly kind: 'test' }
  | { readonly kind: 'reload' }
  | { readonly kind: 'wait' }
  | { readonly kind: 'go-back'; readonly why: string }
  /** The copy from before takes the place of the file. */
  | { readonly kind: 'put-back' }
  | { readonly kind: 'end'; readonly as: JobEnd };

/**
 * `done`: file and keepalived have the edit. `nothing-changed`: neither has. `undone`: neither has it any
 * more. `left`: somebody else's text is in the file, which stays. `not-reloaded`: the file is as before, but
 * what keepalived runs is not.
 */
export type JobEnd = 'done' | 'nothing-changed' | 'undone' | 'left' | 'not-reloaded';

/** The time in which keepalived is to have read its files after it was told to. */
export const reloadLimitMs = 10_000;

/** What comes next of an edit, given what is there. */
export function decideJob({ step }: Pick<ConfJob, 'step'>, seen: Seen): JobAction {
  if (seen.target === 'other') return { kind: 'end', as: 'left' };
  if (seen.target === 'after' && seen.backup === 'other') return { kind: 'put-back' };
  if (step === 'going-back') return seen.target === 'after' ? putBack(seen) : readAsBefore(seen);
  return seen.target === 'before' ? begin(step, seen) : haveItRead(step, seen);
}

function begin(step: JobStep, { running, hasDraft }: Seen): JobAction {
  // Somebody has put the file back.
  if (step !== 'begun' || running === 'after') return goBack('somebody has put the file back');
  if (running !== 'before') return { kind: 'end', as: 'nothing-changed' };
  return hasDraft ? { kind: 'swap' } : { kind: 'write-draft' };
}

function haveItRead(step: JobStep, { running, unread, sinceReloadMs }: Seen): JobAction {
  if (step === 'begun') return { kind: 'test' };
  if (running === 'after') return { kind: 'end', as: 'done' };
  if (running === 'unknown') return goBack('keepalived does not run, or tells nothing of itself');
  if (sinceReloadMs === undefined) {
    if (unread !== undefined) return goBack(`${unread} was changed meanwhile, and is not read yet`);
    return { kind: 'reload' };
  }
  if (sinceReloadMs < reloadLimitMs) return { kind: 'wait' };
  return goBack(`keepalived has not read it within ${reloadLimitMs / 1000} seconds`);
}

const goBack = (why: string): JobAction => ({ kind: 'go-back', why });

const putBack = ({ backup }: Seen): JobAction =>
  backup === 'whole' ? { kind: 'put-back' } : { kind: 'end', as: 'left' };

function readAsBefore({ running, unread, sinceReloadMs }: Seen): JobAction {
  // A keepalived that does not run reads the file when it starts.
  if (running === 'before' || running === 'unknown') return { kind: 'end', as: 'undone' };
  if (sinceReloadMs !== undefined && sinceReloadMs < reloadLimitMs) return { kind: 'wait' };
  if (sinceReloadMs !== undefined || unread !== undefined)
    return { kind: 'end', as: 'not-reloaded' };
  return { kind: 'reload' };
}
