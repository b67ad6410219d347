import { fail, ok } from '../../domain/failure.ts';
import type { Kept, Place } from '../place.ts';
import { type Compare, endOf, type KeyValue } from './etcd.ts';
import { etcdFailure, stateFailure } from './etcd-failure.ts';
import type { StoreTools } from './store-tools.ts';
import { pack, readAll, unpack } from './values.ts';

export interface Keyed {
  /** The beginning of each document's key: `site/marks/`. */
  readonly prefix: string;
  /** The documents in messages: `the out-of-service marks`. */
  readonly what: string;
}

/**
 * Documents as keys that a process changes under the locks that it has. Locks that it lost are taken
 * again first where nobody has had them since; otherwise nothing is changed.
 */
export function createRecordPlace(tools: StoreTools, keyed: Keyed): Place {
  const { etcd, locks, patiently, place } = tools;
  const keyOf = (name: string): string => keyed.prefix + name;
  return {
    ...createListing(tools, keyed),
    async get(name) {
      const range = await patiently(() => etcd.range({ key: keyOf(name) }));
      if (!range.ok) return fail(etcdFailure(place, range.failure));
      return ok(range.value.kvs.map((kv) => documentOf(keyed, kv))[0]);
    },
    async put(name, text, { rollout } = {}) {
      const written = await locks.write({ puts: [putOf(keyOf(name), text)] }, rollout);
      return written.ok ? ok(undefined) : written;
    },
    async remove(name, { rollout, version } = {}) {
      const key = keyOf(name);
      const change = { compare: unchanged(key, version), deletes: [key] };
      const written = await locks.write(change, rollout);
      return written.ok ? ok(written.value.done ? 'removed' : 'kept') : written;
    },
  };
}

/** Requests that are read at once, of all rollouts; more than these wait for them to be taken. */
const mostRequests = 500;

/**
 * Documents as keys that anybody puts and the holder of the locks removes. A reading and a removal
 * are one attempt each, which waits for nobody.
 */
export function createRequestPlace(tools: StoreTools, keyed: Keyed): Place {
  const { etcd, locks, patiently, place } = tools;
  const keyOf = (name: string): string => keyed.prefix + name;
  return {
    ...createListing(tools, keyed),
    async list() {
      const { prefix } = keyed;
      const range = await etcd.range({ key: prefix, end: endOf(prefix), limit: mostRequests });
      if (!range.ok) return fail(etcdFailure(place, range.failure));
      return ok(range.value.kvs.map((kv) => documentOf(keyed, kv)));
    },
    async get(name) {
      const range = await etcd.range({ key: keyOf(name) });
      if (!range.ok) return fail(etcdFailure(place, range.failure));
      return ok(range.value.kvs.map((kv) => documentOf(keyed, kv))[0]);
    },
    async put(name, text) {
      const puts = [putOf(keyOf(name), text)];
      const ended = await patiently(() => etcd.txn({ compare: [], puts }));
      return ended.ok ? ok(undefined) : fail(etcdFailure(place, ended.failure));
    },
    async remove(name, { rollout, version } = {}) {
      const conditions = locks.conditions(rollout);
      if (!conditions) return ok('kept');
      const key = keyOf(name);
      const compare = [...unchanged(key, version), ...conditions];
      const ended = await etcd.txn({ compare, deletes: [key] });
      if (ended.ok) return ok(ended.value.succeeded ? 'removed' : 'kept');
      return ended.failure.kind === 'away'
        ? ok('unknown')
        : fail(etcdFailure(place, ended.failure));
    },
  };
}

function createListing(
  tools: StoreTools,
  keyed: Keyed,
): Pick<Place, 'names' | 'list' | 'unreadable'> {
  const { place } = tools;
  const { prefix, what } = keyed;
  return {
    async names() {
      const kept = await readAll(tools, prefix, { keysOnly: true });
      if (!kept.ok) return fail(etcdFailure(place, kept.failure));
      return ok(kept.value.map(({ key }) => key.slice(prefix.length)));
    },
    async list() {
      const kept = await readAll(tools, prefix);
      if (!kept.ok) return fail(etcdFailure(place, kept.failure));
      return ok(kept.value.map((kv) => documentOf(keyed, kv)));
    },
    unreadable: (name, why) =>
      stateFailure(
        `${place}, key ${prefix}${name}`,
        why.kind === 'newer'
          ? `a newer drain wrote it (version ${why.version})`
          : `it is not as this version writes ${what}`,
        'use the same version everywhere, or delete that key',
      ),
  };
}

const putOf = (key: string, text: string) => ({ key, value: pack(text) });

const unchanged = (key: string, version: string | undefined): readonly Compare[] =>
  version === undefined ? [] : [{ key, modified: version }];

/** A value that cannot be unpacked stays as it is, and is refused by whoever reads the document. */
const documentOf = ({ prefix }: Keyed, { key, value, modified }: KeyValue): Kept => ({
  name: key.slice(prefix.length),
  text: unpack(value) ?? value,
  version: modified,
});
