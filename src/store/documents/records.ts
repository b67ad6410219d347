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

/** Opens the records of a form, as documents under their ids; the form is loaded when the first is read or written. */
export const recordsOf =
  <T>(loadForm: () => Promise<RecordForm<T>>) =>
  (place: Place): Records<T> => ({
    async list() {
      const names = await place.names();
      return names.ok ? ok(names.value.filter(isRolloutId).reverse()) : names;
    },
    async read(id) {
      const kept = isRolloutId(id) ? await place.get(id) : ok(undefined);
      if (!kept.ok) return kept;
      return kept.value ? readDocument(place, kept.value, await loadForm()) : ok(undefined);
    },
    async put(record) {
      const { idOf, write } = await loadForm();
      return place.put(idOf(record), write(record));
    },
    async remove(id) {
      const removed = isRolloutId(id) ? await place.remove(id) : ok(undefined);
      return removed.ok ? ok(undefined) : removed;
    },
  });
