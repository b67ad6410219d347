import { type Actor, actorText } from './actor.ts';

/** Things that somebody does to a rollout, an around or a sequence, in the words of `--output json`. */
export const acts = [
  'started',
  'paused',
  'continued',
  'promoted',
  'resumed',
  'rolled-back',
  'abandoned',
  'closed',
] as const;
export type Act = (typeof acts)[number];

/** A thing that somebody did, and when. */
export interface Acted {
  readonly act: Act;
  readonly atMs: number;
  readonly actor: Actor;
}

/** `started by anna on lb1: deploy 42`. */
export const actedText = ({ act, actor }: Omit<Acted, 'atMs'>): string =>
  `${act.replace('-', ' ')} by ${actorText(actor)}`;

/** Whoever a rollout follows: who started it, or who did something to it since. */
export const actorNow = (done: readonly Acted[] | undefined): Actor | undefined =>
  done?.at(-1)?.actor;

/** What was done first, and what was done last where that is something else. */
function firstAndLast(done: readonly ActRecord[] = []): readonly ActRecord[] {
  const [first, last] = [done[0], done.at(-1)];
  if (!first || !last) return [];
  return first === last ? [first] : [first, last];
}

/** The lines on who did what, of those for which a list has room: `  started by anna on lb1: deploy 42`. */
export const actLines = (done: readonly ActRecord[] | undefined): readonly string[] =>
  firstAndLast(done).map(({ act, ...actor }) => `  ${actedText({ act, actor })}`);

/** The acts of a thing as `--output json` writes them; no field where nobody is known. */
export const actRecords = (
  done: readonly Acted[] | undefined,
): { readonly acts?: readonly ActRecord[] } =>
  done && done.length > 0 ? { acts: done.map(actRecord) } : {};

/** An act as `--output json` writes it: a contract. */
const actRecord = ({ act, atMs, actor }: Acted): ActRecord => ({
  act,
  at: new Date(atMs).toISOString(),
  ...actor,
});

export interface ActRecord extends Actor {
  readonly act: Act;
  /** ISO 8601, UTC. */
  readonly at: string;
}

/** Whether somebody has done one of these: `anna`, or `anna@lb1` on that machine. */
export const isBy = (done: readonly Acted[] | undefined, name: string): boolean =>
  (done ?? []).some(({ actor: { user, host } }) => [user, `${user}@${host}`].includes(name));

/** The acts of a record that keeps its own, with one more; nobody who is unknown is added. */
export const withAct = <T extends { readonly acts?: readonly Acted[] }>(
  record: T,
  act: Act,
  actor: Actor | undefined,
  atMs: number,
): T => (actor ? { ...record, acts: [...(record.acts ?? []), { act, atMs, actor }] } : record);
