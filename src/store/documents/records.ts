import * as z from 'zod';
import { ok } from '../../domain/failure.ts';
import { isRolloutId } from '../../domain/rollout/rollout-id.ts';
import type { Records } from '../../rollout/records.ts';
import { type Documents, type Place, readDocument } from '../place.ts';

/** The form of the records of a kind. */
export interface RecordForm<T> extends Documents<T> {
  readonly idOf: (record: T) => string;
  /** The text of a record, with the version of its form. */
  readonly write: (record: T) => string;
}

/** An id as names of files and keys take it. */
export const recordId = z.string().refine(isRolloutId);

/** Opens the records of a form, as documents under their ids. */
export const recordsOf =
  <T>(form: RecordForm<T>) =>
  (place: Place): Records<T> => ({
    async list() {
      const names = await place.names();
      return names.ok ? ok(names.value.filter(isRolloutId).reverse()) : names;
    },
    async read(id) {
      const kept = isRolloutId(id) ? await place.get(id) : ok(undefined);
      if (!kept.ok) return kept;
      return kept.value ? readDocument(place, kept.value, form) : ok(undefined);
    },
    put: (record) => place.put(form.idOf(record), form.write(record)),
    async remove(id) {
      const removed = isRolloutId(id) ? await place.remove(id) : ok(undefined);
      return removed.ok ? ok(undefined) : removed;
    },
  });
