import { atPlace, fail, ok, type Result } from '../../domain/failure.ts';
import { printable } from '../../domain/printable.ts';
import { randomHex, sha256Hex } from '../../files/hex.ts';
import { type ConfEdit, editFiles } from '../../files/keepalived/edit.ts';
import type { ConfFile } from '../../files/keepalived/find.ts';
import { readLines } from '../../files/keepalived/read-lines.ts';
import { parseConf } from '../../files/keepalived/tree.ts';
import { readHash, unreadFile, worseThan } from './carry-out.ts';
import type { ConfHost, RunningConf } from './conf-host.ts';
import type { ConfJob } from './job.ts';

/** The files of the configuration that keepalived runs with, as they are now. */
export interface ConfNow {
  readonly running: RunningConf;
  readonly files: readonly ConfFile[];
}

/** Reads the configuration of the running keepalived. */
export async function readConf(host: ConfHost): Promise<Result<ConfNow>> {
  const running = await host.running();
  if (!running.ok) return running;
  if (!running.value) {
    return fail({
      kind: 'preflight',
      what: 'no keepalived runs here whose configuration could be edited',
      next: 'run this on the director, or start keepalived',
    });
  }
  const { configId, files } = running.value;
  const read: ConfFile[] = [];
  for (const { path } of files) {
    const text = await host.read(path);
    if (!text.ok) return text;
    if (text.value === undefined) return fail(unread(path, 1));
    if (!read.some((one) => one.path === path))
      read.push({ path, conf: parseConf(text.value, configId) });
  }
  return ok({ running: running.value, files: read });
}

/** An edit that is ready to be carried out, and the text that it comes to. */
export interface PreparedEdit {
  readonly job: ConfJob;
  readonly before: string;
  readonly after: string;
}

/**
 * Prepares the edits of one file; undefined where the file says so already. Nothing is changed: refused where
 * a reload would have keepalived read what somebody else has changed, where something is not written out,
 * and where keepalived's own test has something to say of the edited text that it does not say now.
 */
export async function prepareEdit(
  host: ConfHost,
  edits: readonly ConfEdit[],
): Promise<Result<PreparedEdit | undefined>> {
  const now = await readConf(host);
  if (!now.ok) return now;
  const { running, files } = now.value;
  const edited = editFiles(files, edits, running.configId);
  if (!edited.ok) return edited;
  const changed = edited.value.flatMap((after, index) => {
    const before = files[index];
    return before && after !== before ? [{ before, after }] : [];
  });
  const [first, second] = changed;
  if (!first) return ok(undefined);
  if (second) {
    return fail({
      kind: 'usage',
      what: `these edits are of two files: ${printable(first.after.path)} and ${printable(second.after.path)}`,
      next: 'make them one after the other',
    });
  }
  const others = await unreadFile(host, running);
  if (!others.ok) return others;
  if (others.value) return fail(unread(others.value.path, others.value.line));
  const { path } = first.after;
  const [before, after] = [first.before.conf.text, first.after.conf.text];
  const test = await host.test();
  if (!test.ok) return test;
  // What another file includes is tested in its place only.
  if (path === running.files[0]?.path) {
    const tested = await host.withTextBeside(path, after, (file) => host.testFile(file));
    if (!tested.ok) return tested;
    const worse = worseThan(test.value, tested.value);
    if (worse !== undefined)
      return fail({ kind: 'preflight', what: worse, next: 'see the difference without --write' });
  }
  const nowMs = host.nowMs();
  const stamp = new Date(nowMs).toISOString().replace(/[-:]|\..*/g, '');
  return ok({
    before,
    after,
    job: {
      id: `${stamp}-${randomHex(3)}`,
      startedMs: nowMs,
      path,
      edits,
      before: sha256Hex(before),
      after: sha256Hex(after),
      readBefore: readHash(readLines(before)),
      readAfter: readHash(readLines(after)),
      test: test.value,
      step: 'begun',
    },
  });
}

const unread = (path: string, line: number) =>
  ({
    kind: 'conflict',
    what: `${printable(path)} was changed since keepalived read it, and a reload would have that read too`,
    ...atPlace({ file: printable(path), line, column: 1 }),
    next: 'reload keepalived first, or take that change back',
  }) as const;
