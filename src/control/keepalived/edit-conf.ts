import { type Failure, fail, ok, type Result } from '../../domain/failure.ts';
import { printable } from '../../domain/printable.ts';
import type { ConfEdit } from '../../files/keepalived/edit.ts';
import type { ConfFile } from '../../files/keepalived/find.ts';
import { unifiedDiff } from '../../files/keepalived/unified-diff.ts';
import { carryOut, type JobOutcome } from '../../keepalived/edit/carry-out.ts';
import type { ConfHost } from '../../keepalived/edit/conf-host.ts';
import { prepareEdit, readConf } from '../../keepalived/edit/prepare.ts';

/** A file of keepalived's configuration with its difference; once it is written, with the file from before. */
export interface EditedFile {
  readonly file: string;
  readonly diff: string;
  readonly backup?: string | undefined;
}

/** Edits by the file that they are of, worked out from what the files say. */
export type WantedEdits = (files: readonly ConfFile[]) => Result<readonly (readonly ConfEdit[])[]>;

/**
 * Shows what edits of keepalived's configuration come to, or makes them: one file after the other, each read
 * by keepalived before the next. An edit that was interrupted comes first.
 */
export async function editConf(
  host: ConfHost,
  wanted: WantedEdits,
  { writes }: { readonly writes: boolean },
): Promise<Result<readonly EditedFile[]>> {
  const now = await readConf(host);
  if (!now.ok) return now;
  const paths = now.value.files.map(({ path }) => path);
  const interrupted = writes
    ? await finishEdits(host, paths)
    : await refuseInterrupted(host, paths);
  if (!interrupted.ok) return interrupted;
  const again = interrupted.value.length > 0 ? await readConf(host) : now;
  if (!again.ok) return again;
  const groups = wanted(again.value.files);
  if (!groups.ok) return groups;
  const edited: EditedFile[] = [];
  for (const edits of groups.value) {
    const made = writes ? await write(host, edits) : await show(host, edits);
    if (!made.ok) return made;
    if (made.value) edited.push(made.value);
  }
  return ok(edited);
}

async function show(
  host: ConfHost,
  edits: readonly ConfEdit[],
): Promise<Result<EditedFile | undefined>> {
  const prepared = await prepareEdit(host, edits);
  if (!prepared.ok || !prepared.value) return prepared.ok ? ok(undefined) : prepared;
  const { job, before, after } = prepared.value;
  return ok({ file: job.path, diff: unifiedDiff(job.path, before, after) });
}

async function write(
  host: ConfHost,
  edits: readonly ConfEdit[],
): Promise<Result<EditedFile | undefined>> {
  const first = await prepareEdit(host, edits);
  if (!first.ok || !first.value) return first.ok ? ok(undefined) : first;
  const locked = await host.lock(first.value.job.path);
  if (!locked.ok) return locked;
  try {
    // What was read before the lock may be another's work by now.
    const prepared = await prepareEdit(host, edits);
    if (!prepared.ok || !prepared.value) return prepared.ok ? ok(undefined) : prepared;
    const { job, before, after } = prepared.value;
    const kept = await host.writeJob(job);
    if (!kept.ok) return kept;
    const outcome = await carryOut(host, job);
    if (!outcome.ok) return outcome;
    const failure = failureOf(host, outcome.value);
    if (failure) return fail(failure);
    const diff = unifiedDiff(job.path, before, after);
    return ok({ file: job.path, diff, backup: host.backupOf(job) });
  } finally {
    locked.value();
  }
}

/** Goes on with the edits of these files that were interrupted. Returns the files. */
export async function finishEdits(
  host: ConfHost,
  paths: readonly string[],
): Promise<Result<readonly string[]>> {
  const finished: string[] = [];
  for (const path of paths) {
    const locked = await host.lock(path);
    if (!locked.ok) return locked;
    try {
      const job = await host.readJob(path);
      if (!job.ok) return job;
      if (!job.value) continue;
      const outcome = await carryOut(host, job.value);
      if (!outcome.ok) return outcome;
      const failure = failureOf(host, outcome.value);
      if (failure) return fail(failure);
      finished.push(path);
    } finally {
      locked.value();
    }
  }
  return ok(finished);
}

async function refuseInterrupted(
  host: ConfHost,
  paths: readonly string[],
): Promise<Result<readonly string[]>> {
  for (const path of paths) {
    const job = await host.readJob(path);
    if (!job.ok) return job;
    if (!job.value) continue;
    return fail({
      kind: 'conflict',
      what: `an edit of ${printable(path)} has not ended: it was interrupted, or is under way`,
      next: 'go on with it: `drain keepalived resume`',
    });
  }
  return ok([]);
}

function failureOf(host: ConfHost, { job, end, why, failure }: JobOutcome): Failure | undefined {
  const file = printable(job.path);
  const because = why === undefined ? '' : `: ${printable(why, 400)}`;
  const backup = printable(host.backupOf(job));
  switch (end) {
    case 'done':
      return undefined;
    case 'nothing-changed':
      return {
        next: 'see what keepalived runs, and run the command again',
        ...failure,
        kind: failure?.kind ?? 'conflict',
        what: `${file} is as it was${because}`,
      };
    case 'undone':
      return {
        kind: failure?.kind ?? 'preflight',
        what: `${file} is as it was before the edit, which is taken back${because}`,
        next: failure?.next ?? 'mend that, and run the command again',
      };
    case 'left':
      return {
        kind: 'conflict',
        what: `somebody else has changed ${file} while it was edited, and it stays as it is`,
        next: `see what is in it; where ${backup} is there, that is the file from before`,
      };
    case 'not-reloaded':
      return {
        kind: 'director',
        what: `${file} is as it was before the edit, but keepalived has not read it again${because}`,
        next: 'have keepalived reload its configuration: `systemctl reload keepalived`',
      };
  }
}
