import type { AroundRecord } from '../domain/around.ts';
import { ok } from '../domain/failure.ts';
import type { Arounds } from '../rollout/ports.ts';

/** Records of `drain around` that are gone with the process. */
export function createMemoryArounds(): Arounds {
  const records = new Map<string, AroundRecord>();
  return {
    async list() {
      return ok([...records.keys()].reverse());
    },
    async read(around) {
      return ok(records.get(around));
    },
    async put(record) {
      records.set(record.around, record);
      return ok(undefined);
    },
  };
}
