import { createReadStream } from 'node:fs';
import type { z } from 'zod';
import { atPlace, type Failure, fail, ok, type Result } from '../../domain/failure.ts';
import { printable } from '../../domain/printable.ts';
import { readYaml, type YamlSource } from '../../files/yaml-source.ts';

export interface CheckedFile<T> {
  readonly source: YamlSource;
  readonly value: T;
}

/** A file of more than this is no plan. */
const mostBytes = 10_000_000;

/** The file's text, or a usage failure that names it. */
export async function readText(file: string): Promise<Result<string>> {
  try {
    const bytes = await readBounded(file);
    if (bytes.length > mostBytes) return fail(unreadable(file, 'it is larger than 10 MB'));
    return ok(bytes.toString('utf8'));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return fail(unreadable(file, 'there is no such file'));
    if (code === 'EACCES') return fail(unreadable(file, 'it may not be read'));
    if (code === 'EISDIR') return fail(unreadable(file, 'it is a directory'));
    return fail(unreadable(file, message));
  }
}

/** Reads at most one byte more than is allowed: a device or a pipe may have no end. */
async function readBounded(file: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of createReadStream(file, { end: mostBytes })) chunks.push(chunk);
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
  const issue = checked.error.issues[0];
  const path = issue?.path ?? [];
  if (issue?.code === 'unrecognized_keys') {
    const [key = ''] = issue.keys;
    return fail({
      kind: 'usage',
      what: `"${printable(key)}" is no field here`,
      ...atPlace(source.value.locateKey(path, key)),
      next: `allowed are ${allowedAt(path).join(', ')}`,
    });
  }
  const field = path.length > 0 ? `${printable(path.join('.'))}: ` : '';
  return fail({
    kind: 'usage',
    what: `${field}${issue?.message ?? 'not as expected'}`,
    ...atPlace(source.value.locate(path)),
  });
}
