import { fail, ok } from '../../domain/failure.ts';
import type { Arounds } from '../../rollout/ports.ts';
import { formatAround, isAroundId, parseAround } from '../around-schema.ts';
import { etcdFailure, stateFailure } from './etcd-failure.ts';
import { pack, unpack } from './packed.ts';
import { readAll } from './read-all.ts';
import type { StoreTools } from './store-tools.ts';

/** Records of `drain around` as keys, `arounds/ID`. Who has locks writes them under those. */
export function createEtcdArounds(tools: StoreTools): Arounds {
  const { etcd, keys, locks, patiently, place } = tools;
  const keyOf = (around: string): string => keys.arounds + around;
  return {
    async list() {
      const kept = await readAll(tools, keys.arounds, { keysOnly: true });
      if (!kept.ok) return fail(etcdFailure(place, kept.failure));
      const ids = kept.value.map(({ key }) => key.slice(keys.arounds.length));
      return ok(ids.filter(isAroundId).reverse());
    },
    async read(around) {
      if (!isAroundId(around)) return ok(undefined);
      const kept = await patiently(() => etcd.range({ key: keyOf(around) }));
      if (!kept.ok) return fail(etcdFailure(place, kept.failure));
      const [kv] = kept.value.kvs;
      if (!kv) return ok(undefined);
      try {
        return ok(parseAround(unpack(kv.value) ?? ''));
      } catch (error) {
        const why = `the record of drain around ${around} is not as this version writes it`;
        const newer = error instanceof Error && error.message.startsWith('a newer');
        return fail(
          stateFailure(place, newer ? error.message : why, 'use the same version everywhere'),
        );
      }
    },
    async put(record) {
      const value = pack(JSON.stringify(formatAround(record)));
      const written = await locks.write({ puts: [{ key: keyOf(record.around), value }] });
      return written.ok ? ok(undefined) : written;
    },
  };
}
