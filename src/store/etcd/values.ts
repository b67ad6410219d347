import { gunzipSync, gzipSync } from 'node:zlib';
import { ok, type Result } from '../../domain/failure.ts';
import { type Etcd, endOf, type KeyValue, type Trouble } from './etcd.ts';
import type { Patience } from './patience.ts';

/** etcd takes 1.5 MiB in one request; a plan of many services is larger, and packs to a tenth. */
const packedFrom = 16_384;
const mostBytes = 256 * 1024 * 1024;
const mark = 'gzip:';

/** The value for a text: the text itself, or packed when it is long. */
export const pack = (text: string): string =>
  text.length < packedFrom ? text : mark + gzipSync(text).toString('base64');

/** The text of a value; `undefined` for one that `pack` has not made. */
export function unpack(value: string): string | undefined {
  if (!value.startsWith(mark)) return value;
  try {
    const bytes = Buffer.from(value.slice(mark.length), 'base64');
    return gunzipSync(bytes, { maxOutputLength: mostBytes }).toString();
  } catch {
    return undefined;
  }
}

/** Keys in one answer, which so never becomes too long. */
export const pageSize = 500;

/** All keys that begin with `prefix`, in their order. */
export async function readAll(
  { etcd, patiently }: { readonly etcd: Etcd; readonly patiently: Patience },
  prefix: string,
  options: { readonly keysOnly?: boolean } = {},
): Promise<Result<readonly KeyValue[], Trouble>> {
  const kvs: KeyValue[] = [];
  let key = prefix;
  for (;;) {
    const request = { key, end: endOf(prefix), limit: pageSize, ...options };
    const page = await patiently(() => etcd.range(request));
    if (!page.ok) return page;
    kvs.push(...page.value.kvs);
    const last = page.value.kvs.at(-1);
    if (!last || !page.value.more) return ok(kvs);
    // The next key there can be.
    key = `${last.key}\0`;
  }
}
