import { printable } from '../printable.ts';
import { placeText } from '../rollout/elsewhere.ts';

/** Whoever wants something of a rollout, as the machine knows where it was typed. A record, and no proof. */
export interface Actor {
  /** The login of a person, or of the user that a program runs as. */
  readonly user: string;
  readonly host: string;
  /** The job that the command is a step of: an address where it can be looked up. */
  readonly run?: string;
  /** The command that acts by itself, with nobody who typed it: `drain resume --all`. */
  readonly program?: string;
  /** What the control API knew the caller by: `user` is the name of that token then, and `host` where it came from. */
  readonly via?: 'token';
  /** The Idempotency-Key of the request. */
  readonly request?: string;
  readonly reason?: string;
}

/** The longest reason that is taken. */
export const longestReason = 500;

/** The longest name of a user, a host, a job or a program that is kept. */
export const longestName = 256;

/** `anna on lb1`, `token ci on 10.0.0.9`, `drain resume --all of root on lb1`, `anna on runner-7 (https://github.com/…/runs/42)`. */
export function whoText({ user, host, run, program, via }: Omit<Actor, 'reason'>): string {
  const words =
    program === undefined
      ? [via ?? '', printable(user), placeText({ host })]
      : [printable(program), placeText({ user }), placeText({ host })];
  const who = words.filter((word) => word !== '').join(' ');
  return run === undefined ? who : `${who} (${printable(run)})`;
}

/** `anna on lb1: deploy 42 is broken`. */
export function actorText(actor: Actor): string {
  const { reason } = actor;
  return reason === undefined
    ? whoText(actor)
    : `${whoText(actor)}: ${printable(reason, longestReason)}`;
}

/** The same with a reason, where none was given. */
export const withReason = (actor: Actor, reason: string | undefined): Actor =>
  actor.reason === undefined && reason !== undefined ? { ...actor, reason } : actor;

/** `asked to`, or where it is known by whom and why: `asked to by anna on lb1: deploy 42 is broken`. */
export const askedBy = (actor: Actor | undefined): string =>
  actor === undefined ? 'asked to' : `asked to by ${actorText(actor)}`;
