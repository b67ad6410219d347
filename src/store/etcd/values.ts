import { gunzipSync, gzipSync } from 'node:zlib';
import { ok, type Result } from '../../domain/failure.ts';
import { type Etcd, endOf, type KeyValue, type Trouble } from './etcd.ts';
import type { Patience } from './patience.ts';

/** etcd takes 1.5 MiB in one request; a plan of many services is larger, and packs to a tenth. */
const packedFrom = 16_384;
const mostBytes = 256 * 1024 * 1024;
const mark = 'gzip:';

/** A value as it is kept: JSON as it is, or packed when it is long. */
export const pack = (text: string): string =>
  text.length < packedFrom ? text : mark + gzipSync(text).toString('base64');

/** `undefined` when it is nothing that `pack` has made. */
export function unpack(value: string): string | undefined {
  if (!value.startsWith(mark)) return value;
  try {
    const bytes = Buffer.from(value.slice(mark.length), 'base64');
    return gunzipSync(bytes, { maxOutputLength: mostBytes }).toString();
  } catch {
    return undefined;
  }
}

/** So many at a time: no answer of etcd's becomes too long. */
const pageSize = 500;

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
