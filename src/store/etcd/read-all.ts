import { ok, type Result } from '../../domain/failure.ts';
import { type Etcd, endOf, type KeyValue, type Trouble } from './etcd.ts';
import type { Patience } from './patience.ts';

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
