import { isSame } from '../cluster/is-same.ts';
import { keyOf, versionOf } from './object-identity.ts';
import type { MirrorEdit, Trimmed } from './reflector-state.ts';

/** What of an API object is kept; `undefined` for one that is none. */
export type Reader<T> = (object: unknown) => T | undefined;

interface Held<T> {
  readonly value: T;
  version: string | undefined;
}

/** The objects of one list, trimmed. What an edit does not change stays the very same value. */
export class Mirror<T> {
  readonly #held = new Map<string, Held<T>>();

  constructor(private readonly read: Reader<T>) {}

  /** Takes out what is kept; all else of an object is forgotten here. */
  trim(object: unknown): Trimmed {
    return { key: keyOf(object), version: versionOf(object), value: this.read(object) };
  }

  /** Makes the edit, and tells whether anything that is kept is another now. */
  apply(edit: MirrorEdit): boolean {
    switch (edit.kind) {
      case 'set':
        return this.#set(edit.object);
      case 'delete':
        return this.#held.delete(edit.object.key ?? '');
      case 'replace':
        return this.#replace(edit.objects);
    }
  }

  /** Compared, not built anew: what is still there is changed in its place. */
  #replace(objects: readonly Trimmed[]): boolean {
    const keys = new Set(objects.map(({ key }) => key));
    let isChanged = false;
    for (const key of [...this.#held.keys()]) {
      if (!keys.has(key)) isChanged = this.#held.delete(key) || isChanged;
    }
    for (const object of objects) isChanged = this.#set(object) || isChanged;
    return isChanged;
  }

  #set({ key, version, value }: Trimmed): boolean {
    if (key === undefined) return false;
    if (value === undefined) return this.#held.delete(key);
    const held = this.#held.get(key);
    if (held && isSame(held.value, value)) {
      held.version = version;
      return false;
    }
    this.#held.set(key, { value: value as T, version });
    return true;
  }

  values(): readonly T[] {
    return [...this.#held.values()].map(({ value }) => value);
  }

  /** The version of an object as it was last seen, for a patch that must not be late. */
  versionOf(key: string): string | undefined {
    return this.#held.get(key)?.version;
  }
}
