import { type Failure, fail, ok, type Result } from '../../domain/failure.ts';
import type { Change } from '../../domain/ipvs/ipvs.ts';
import { restoreLine } from '../ipvsadm-args.ts';
import type { Section } from '../listing.ts';
import type { Listing, Output } from '../run-lines.ts';
import { readTable } from '../table/read-table.ts';
import { verifyChanges } from './verify-changes.ts';
import { type Overtaken, type Table, type WrittenOver, writtenOver } from './written-over.ts';

/** The process of a batch: what it lists before the edits and behind them, and how it is run. */
export interface Batch {
  /** The table that the edits were computed from; without it nothing is listed before them. */
  readonly from?: Table | undefined;
  /** Lines that list the services before the edits, the last one of each with its thresholds. */
  readonly listing: readonly string[];
  /** The number of services that these lines list. */
  readonly services: number;
  readonly readBack: readonly string[];
  readonly run: (lines: readonly string[]) => Promise<Output>;
}

/**
 * Makes changes in one process. The seconds between a listing and a batch are somebody else's as well,
 * so the process lists the services once more before it edits them. What it then wrote over is put
 * right in a second process, and where an edit should not have been made the whole is a failure
 * `overtaken`.
 */
export async function applyChanges(
  changes: readonly Change[],
  batch: Batch,
): Promise<Result<Listing>> {
  const { from, readBack, run } = batch;
  const output = await run([
    ...(from ? batch.listing : []),
    ...changes.map(restoreLine),
    ...readBack,
  ]);
  if (output.kind === 'unread') return fail(unknownStanding(output, changes));
  const { listing, complaint } = output;
  const listed = from ? listedBefore(listing.sections, batch.services) : 0;
  const sections = listing.sections.slice(listed);
  const after = readTable(sections);
  const before = readTable(listing.sections.slice(0, listed));
  const found = from ? writtenOver(changes, { from, before, after }) : nothing;
  if (found.corrections.length > 0) return putRight(changes, found, { ...batch, complaint });
  const [overtaken] = found.overtaken;
  if (overtaken) return fail(overtakenBy(overtaken));
  const verdict = verifyChanges(changes, after, complaint);
  return verdict ? fail(verdict) : ok({ ...listing, sections });
}

const nothing: WrittenOver = { corrections: [], overtaken: [] };

/** The number of sections before the edits: each service there ends with its thresholds. */
function listedBefore(sections: readonly Section[], services: number): number {
  const ends = sections.flatMap(({ kind }, index) => (kind === 'thresholds' ? [index + 1] : []));
  return ends[services - 1] ?? 0;
}

async function putRight(
  changes: readonly Change[],
  { corrections, overtaken: [overtaken] }: WrittenOver,
  { run, readBack, complaint }: Batch & Pick<Output & { readonly kind: 'read' }, 'complaint'>,
): Promise<Result<Listing>> {
  const output = await run([...corrections.map(restoreLine), ...readBack]);
  if (output.kind === 'unread') return fail(notPutRight(output.failure, corrections));
  const after = readTable(output.listing.sections);
  const undone = verifyChanges(corrections, after, output.complaint);
  if (undone) return fail(notPutRight(undone, corrections));
  if (overtaken) return fail(overtakenBy(overtaken));
  const verdict = verifyChanges([...changes, ...corrections], after, complaint);
  return verdict ? fail(verdict) : ok(output.listing);
}

const overtakenBy = ({ service, expected, found }: Overtaken): Failure => ({
  kind: 'conflict',
  code: 'overtaken',
  what: `somebody changed ${service} just before it was edited: ${found} instead of ${expected}; that stands again, and the edit is taken back`,
  next: 'Look at the table again.',
});

const notPutRight = (failure: Failure, corrections: readonly Change[]): Failure => ({
  ...failure,
  what: `${failure.what}; what somebody had set just before the edit was written over, and is not put right for certain: ${corrections.slice(0, 5).map(restoreLine).join('; ')}`,
});

/**
 * Adds to a failure which changes may have been made: none if nothing was started; otherwise
 * ipvsadm may have stopped anywhere.
 */
function unknownStanding(
  { failure, mayHaveRun }: Output & { readonly kind: 'unread' },
  changes: readonly Change[],
): Failure {
  if (failure.kind === 'preflight' || !mayHaveRun || changes.length === 0) return failure;
  const which =
    changes.length === 1
      ? 'whether the change stands'
      : `which of the ${changes.length} changes stand`;
  return { ...failure, what: `${failure.what}; it is not known ${which}` };
}
