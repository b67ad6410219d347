import type { Failure } from '../domain/failure.ts';
import type { Timeouts } from '../domain/ipvs/ipvs.ts';
import type { CommandResult, CommandRunner } from '../rollout/ports.ts';
import { type Complaint, complaintOf, failureOfEnd } from './command-failure.ts';
import { deafContainer } from './container-words.ts';
import { parseListings } from './ipvsadm-parse.ts';
import type { Section } from './listing.ts';

export type Output =
  /** A listing, with a complaint when a line was refused: ipvsadm goes on with the next lines. */
  | { readonly kind: 'read'; readonly listing: Listing; readonly complaint?: Complaint | undefined }
  /** A process that did not run, or not to the end, or printed something else than listings. */
  | { readonly kind: 'unread'; readonly failure: Failure; readonly mayHaveRun: boolean };

export interface Listing {
  readonly sections: readonly Section[];
  readonly timeouts: Timeouts;
}

/**
 * Runs the lines in one `ipvsadm -R`. ipvsadm stops silently at some errors, and a listing that was
 * cut off looks like a shorter table. So the last line always asks for the timeouts, and an output
 * that does not end with them is a failure.
 */
export async function runLines(runner: CommandRunner, lines: readonly string[]): Promise<Output> {
  const stdin = [...lines, '-L --timeout', ''].join('\n');
  const end = await runner.run(['-R'], stdin);
  if (end.kind !== 'exited') return unread(failureOfEnd(end, runner.label), mayHaveRun(end));
  const complaint = complaintOf(end, runner.label);
  const parsed = parseListings(end.stdout);
  if (!parsed.ok) return unread(complaint?.failure ?? parsed.failure);
  const last = parsed.value.at(-1);
  if (last?.kind !== 'timeouts') {
    const deaf = end.stdout === '' && !complaint?.isDecisive && deafContainer(runner.label);
    return unread(deaf || (complaint?.failure ?? cutOff(runner.label)), !deaf);
  }
  const listing = { sections: parsed.value, timeouts: last.timeouts };
  return { kind: 'read', listing, complaint };
}

const unread = (failure: Failure, ran = true): Output => ({
  kind: 'unread',
  failure,
  mayHaveRun: ran,
});

const mayHaveRun = (end: CommandResult): boolean =>
  end.kind === 'unreachable' ? end.mayHaveRun : end.kind !== 'not-started';

const cutOff = (label: string): Failure => ({
  kind: 'director',
  what: `the output of \`${label} -R\` is cut off: its end, the timeouts, is missing`,
  next: `Run \`${label} -L --timeout\` by hand; it has to print three numbers.`,
});
