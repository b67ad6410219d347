import { type FileHandle, open } from 'node:fs/promises';
import type { z } from 'zod';
import { atPlace, type Failure, fail, ok, type Result } from '../../domain/failure.ts';
import { didYouMean } from '../../domain/nearest.ts';
import { distrustFailure, distrustOf } from '../../domain/places/trust.ts';
import { printable } from '../../domain/printable.ts';
import { shellWord } from '../../domain/shell-word.ts';
import { obeyingUser, ownersOfFile } from '../../files/owned-files.ts';
import { readYaml, type YamlSource } from '../../files/yaml-source.ts';

export interface CheckedFile<T> {
  readonly source: YamlSource;
  readonly value: T;
}

/** A file of more than this is no plan. */
const mostBytes = 10_000_000;

export interface Reading {
  /** How a file came here that is obeyed; absent: a file that decides nothing. */
  readonly obeyed?: 'named' | 'found' | undefined;
  /** What to do instead of making the file trustworthy. */
  readonly otherwise?: string | undefined;
  /** Whom a secret is read by at most; absent: it is no secret. */
  readonly secret?: 'owner' | 'group' | undefined;
}

/** The file's text, or a failure that names the file: also where others decide what is obeyed. */
export async function readText(file: string, reading: Reading = {}): Promise<Result<string>> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(file);
    const distrusted = await distrustOfText(file, handle, reading);
    if (distrusted) return fail(distrusted);
    const bytes = await readBounded(handle);
    if (bytes.length > mostBytes) return fail(unreadable(file, 'it is larger than 10 MB'));
    return ok(bytes.toString('utf8'));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return fail(unreadable(file, 'there is no such file'));
    if (code === 'EACCES') return fail(unreadable(file, 'it may not be read'));
    if (code === 'EISDIR') return fail(unreadable(file, 'it is a directory'));
    return fail(unreadable(file, message));
  } finally {
    await handle?.close().catch(() => {});
  }
}

async function distrustOfText(
  file: string,
  handle: FileHandle,
  { obeyed, otherwise, secret }: Reading,
): Promise<Failure | undefined> {
  if (secret && (await isReadByOthers(handle, secret))) return readByOthers(file);
  if (obeyed === undefined) return undefined;
  const how = { isNamed: obeyed === 'named' };
  const obeying = obeyingUser(how);
  // Of the file that is open: another one of that name may be there by now.
  const distrust = distrustOf(await ownersOfFile(file, await handle.stat(), how), obeying);
  return distrust && distrustFailure(distrust, obeying, { what: file, otherwise });
}

/** A user who is not the owner reads a file through its group. */
async function isReadByOthers(handle: FileHandle, secret: 'owner' | 'group'): Promise<boolean> {
  const { mode, uid } = await handle.stat();
  const isOwn = secret === 'owner' && uid === process.geteuid?.();
  return (mode & (isOwn ? 0o077 : 0o007)) !== 0;
}

const readByOthers = (file: string): Failure => ({
  kind: 'usage',
  what: `${printable(file)} is a secret, and others may read it`,
  next: `let nobody but its owner: chmod 600 ${shellWord(file)}`,
});

/** Reads at most one byte more than is allowed: a device or a pipe may have no end. */
async function readBounded(handle: FileHandle): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const stream = handle.createReadStream({ end: mostBytes, autoClose: false });
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const unreadable = (file: string, why: string): Failure => ({
  kind: 'usage',
  what: `${printable(file)} cannot be read: ${printable(why)}`,
});

/** YAML text held against a schema; every failure names file, line and column. */
export function checkYaml<T>(
  text: string,
  file: string,
  schema: z.ZodType<T>,
  allowedAt: (path: readonly PropertyKey[]) => readonly string[],
): Result<CheckedFile<T>> {
  const source = readYaml(text, file);
  if (!source.ok) return source;
  const checked = schema.safeParse(source.value.value ?? {});
  if (checked.success) return ok({ source: source.value, value: checked.data });
  const issue = tellingIssue(checked.error.issues);
  const path = issue?.path ?? [];
  if (issue?.code === 'unrecognized_keys') {
    const [key = ''] = issue.keys;
    const allowed = allowedAt(path);
    return fail({
      kind: 'usage',
      what: `"${printable(key)}" is no field here${didYouMean(key, allowed)}`,
      ...atPlace(source.value.locateKey(path, key)),
      next: `allowed are ${allowed.join(', ')}`,
    });
  }
  const field = path.length > 0 ? `${printable(path.join('.'))}: ` : '';
  return fail({
    kind: 'usage',
    what: `${field}${issue?.message ?? 'not as expected'}`,
    ...atPlace(source.value.locate(path)),
  });
}

/** The first mistake; or what it comes from, where a field is missing beside one that is misspelt. */
function tellingIssue(issues: readonly z.core.$ZodIssue[]): z.core.$ZodIssue | undefined {
  const [first] = issues;
  const around = first?.path.slice(0, -1).join('.');
  return (
    issues.find(({ code, path }) => code === 'unrecognized_keys' && path.join('.') === around) ??
    first
  );
}
