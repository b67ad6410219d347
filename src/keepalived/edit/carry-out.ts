import { type Failure, fail, ok, type Result } from '../../domain/failure.ts';
import { printable } from '../../domain/printable.ts';
import { sha256Hex } from '../../files/hex.ts';
import { editFiles } from '../../files/keepalived/edit.ts';
import { firstUnread, readLines } from '../../files/keepalived/read-lines.ts';
import { parseConf } from '../../files/keepalived/tree.ts';
import type { ConfHost, RunningConf, RunningFile } from './conf-host.ts';
import { type ConfJob, decideJob, type JobEnd, type Seen, type TestAnswer } from './job.ts';

/** How an edit has ended; with the reason where it did not come about. */
export interface JobOutcome {
  readonly job: ConfJob;
  readonly end: JobEnd;
  readonly why?: string | undefined;
  /** What could not be done. */
  readonly failure?: Failure | undefined;
}

const pollMs = 25;

/**
 * Carries an edit out to its end, from wherever it is: looks, decides, keeps what it decided, acts. A kill
 * between any two steps leaves what another call goes on from.
 */
export async function carryOut(host: ConfHost, begun: ConfJob): Promise<Result<JobOutcome>> {
  let job = begun;
  let reloadedMs: number | undefined;
  let failure: Failure | undefined;
  const advance = async (step: ConfJob['step'], why?: string): Promise<void> => {
    job = { ...job, step, ...(why !== undefined && { why }) };
    // Where it cannot be kept, whoever goes on after a kill finds the same again.
    await host.writeJob(job);
  };
  const turn = async (gone: Failure): Promise<void> => {
    failure ??= gone;
    await advance('going-back', gone.what);
  };
  for (;;) {
    const looked = await look(host, job, reloadedMs);
    if (!looked.ok) return looked;
    const seen = looked.value;
    const action = decideJob(job, seen);
    switch (action.kind) {
      case 'write-draft':
      case 'swap': {
        const made = await prepareSwap(host, job, action.kind);
        if (made.ok) break;
        await host.endJob(job, { keepsBackup: false });
        return ok({ job, end: 'nothing-changed', why: made.failure.what, failure: made.failure });
      }
      case 'test': {
        const answer = await host.test();
        const worse = answer.ok ? worseThan(job.test, answer.value) : answer.failure.what;
        await (worse === undefined ? advance('tested') : advance('going-back', worse));
        break;
      }
      case 'reload': {
        const told = await host.reload();
        reloadedMs = host.nowMs();
        if (!told.ok && job.step === 'going-back') return told;
        if (!told.ok) await turn(told.failure);
        break;
      }
      case 'wait':
        await host.sleep(pollMs);
        break;
      case 'go-back':
        reloadedMs = undefined;
        await advance('going-back', action.why);
        break;
      case 'put-back': {
        const put = await host.putBack(job);
        // Somebody's text is in the file by now: the next look sees it.
        if (!put.ok && put.failure.kind !== 'conflict') return put;
        break;
      }
      case 'end': {
        // The copy from before is of use to a person, but where it is what the file says.
        const keepsBackup = action.as === 'done' || action.as === 'left';
        const ended = await host.endJob(job, { keepsBackup });
        if (!ended.ok) return ended;
        return ok({ job, end: action.as, why: job.why, failure });
      }
    }
  }
}

async function prepareSwap(
  host: ConfHost,
  job: ConfJob,
  action: 'write-draft' | 'swap',
): Promise<Result<void>> {
  if (action === 'swap') return host.swap(job);
  const now = await host.read(job.path);
  const running = await host.running();
  if (!now.ok) return now;
  if (!running.ok) return running;
  const conf = parseConf(now.value ?? '', running.value?.configId ?? '');
  const edited = editFiles([{ path: job.path, conf }], job.edits, running.value?.configId ?? '');
  if (!edited.ok) return edited;
  const text = edited.value[0]?.conf.text ?? '';
  // Begun by another version of drain, or the file was changed since.
  if (sha256Hex(text) !== job.after) {
    return fail({ kind: 'conflict', what: `${printable(job.path)} was changed meanwhile` });
  }
  return host.writeDraft(job, text);
}

async function look(
  host: ConfHost,
  job: ConfJob,
  reloadedMs: number | undefined,
): Promise<Result<Seen>> {
  const target = await host.read(job.path);
  if (!target.ok) return target;
  const backup = await host.readJobFile(job, 'backup');
  if (!backup.ok) return backup;
  const draft = await host.readJobFile(job, 'draft');
  if (!draft.ok) return draft;
  const running = await host.running();
  if (!running.ok) return running;
  const unread = running.value && (await unreadFile(host, running.value, job.path));
  if (unread && !unread.ok) return unread;
  return ok({
    target: which(job, target.value),
    backup:
      backup.value === undefined
        ? 'none'
        : sha256Hex(backup.value) === job.before
          ? 'whole'
          : 'other',
    hasDraft: draft.value !== undefined && sha256Hex(draft.value) === job.after,
    running: running.value ? whichRead(job, running.value) : 'unknown',
    unread: unread?.value?.text,
    sinceReloadMs: reloadedMs === undefined ? undefined : host.nowMs() - reloadedMs,
  });
}

function which({ before, after }: ConfJob, text: string | undefined): Seen['target'] {
  const hash = text === undefined ? '' : sha256Hex(text);
  return hash === before ? 'before' : hash === after ? 'after' : 'other';
}

function whichRead(job: ConfJob, { files }: RunningConf): Seen['running'] {
  const read = files.find(({ path }) => path === job.path);
  const hash = read && readHash(read.lines);
  return hash === job.readBefore ? 'before' : hash === job.readAfter ? 'after' : 'other';
}

/** Names what keepalived reads of a file: two texts of the same hash are the same to it. */
export const readHash = (lines: readonly string[]): string =>
  sha256Hex(lines.filter((line) => line !== '').join('\n'));

/** A file that is not as keepalived has read it, and the first line of which that is so. */
export interface Unread {
  readonly path: string;
  readonly line: number;
  readonly text: string;
}

/** The first file, but for the one that is edited, that a reload would have keepalived read anew. */
export async function unreadFile(
  host: ConfHost,
  { files }: RunningConf,
  except?: string,
): Promise<Result<Unread | undefined>> {
  for (const { path, folder, lines } of files) {
    const now = await host.read(path);
    if (!now.ok) return now;
    const text = now.value ?? '';
    const line = path === except ? undefined : firstUnread(readLines(text), lines);
    if (line !== undefined) return ok({ path, line, text: `${printable(path)}:${line}` });
    const added = await addedInclude(host, { path, folder, text, files });
    if (!added.ok || added.value) return added;
  }
  return ok(undefined);
}

/** A file that an include names by now, or does no more. */
async function addedInclude(
  host: ConfHost,
  {
    path,
    folder,
    text,
    files,
  }: Pick<RunningFile, 'path' | 'folder'> & {
    readonly text: string;
    readonly files: readonly RunningFile[];
  },
): Promise<Result<Unread | undefined>> {
  const named: string[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const [, pattern] = /^[ \t]*include[rmwba]?[ \t]+([^#!\r]*[^#!\r \t])/.exec(line) ?? [];
    if (pattern === undefined) continue;
    const found = await host.included(pattern, folder);
    if (!found.ok) return found;
    named.push(...found.value);
    const added = found.value.find((one) => !files.some((file) => file.path === one));
    if (added !== undefined) return ok({ path, line: index + 1, text: printable(added) });
  }
  const gone = files.find((file) => file.includedBy === path && !named.includes(file.path));
  return ok(gone && { path, line: 1, text: printable(gone.path) });
}

/** What a configuration test says that it did not say before; undefined where that is nothing. */
export function worseThan(before: TestAnswer, after: TestAnswer): string | undefined {
  const left = [...before.said];
  for (const message of after.said) {
    const at = left.indexOf(message);
    if (at < 0) return `keepalived's configuration test says of it: ${printable(message)}`;
    left.splice(at, 1);
  }
  if (after.code === before.code || after.code === 0) return undefined;
  return `keepalived's configuration test ends with ${after.code}, and ended with ${before.code} before`;
}
