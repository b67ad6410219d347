import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { admitted, changedBy, type Write } from './admission.ts';
import { ApiError, type ApiObject, type Resource, resourceNamed } from './api-object.ts';
import { mergePatched, strategicallyMerged } from './merge.ts';
import { isSelected, type Selection } from './selectors.ts';

export interface StoredChange {
  readonly version: number;
  readonly resource: string;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: ApiObject;
  /** The object as it was before: a selector may have chosen it then. */
  readonly before?: ApiObject | undefined;
}

export type PatchKind = 'merge' | 'strategic' | 'apply';

export interface Place {
  readonly resource: string;
  readonly namespace?: string | undefined;
  readonly name: string;
}

export interface ListOptions extends Selection {
  readonly limit?: number | undefined;
  readonly continueAt?: string | undefined;
}

export interface StoredList {
  readonly items: readonly ApiObject[];
  readonly version: string;
  readonly continueAt?: string | undefined;
  readonly remaining?: number | undefined;
}

/**
 * The objects of a cluster as an API server keeps them: one counter for all versions, conflicts,
 * finalizers, subresources, pages of one list, changes since a version until they are compacted.
 * Calls throw an `ApiError`.
 */
export class ClusterStore {
  #version = 1000;
  #oldest = 0;
  #history: StoredChange[] = [];
  readonly #objects = new Map<string, ApiObject>();
  readonly #watchers = new Set<(change: StoredChange) => void>();
  readonly #pages = new Map<string, { readonly rest: readonly ApiObject[]; version: string }>();
  readonly #nowMs: () => number;
  readonly #uuid: () => string;

  constructor(nowMs: () => number = Date.now, uuid: () => string = randomUUID) {
    this.#nowMs = nowMs;
    this.#uuid = uuid;
  }

  get version(): string {
    return String(this.#version);
  }

  get(place: Place): ApiObject {
    const found = this.#objects.get(keyOf(place));
    if (!found) throw notFound(place);
    return found;
  }

  all(resource: string, selection: Selection = {}): readonly ApiObject[] {
    return [...this.#objects]
      .filter(([key, object]) => key.startsWith(`${resource}/`) && isSelected(object, selection))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, object]) => object);
  }

  /** A page of a list, each page of the state in which the first one was asked for. */
  list(resource: string, { limit, continueAt, ...selection }: ListOptions = {}): StoredList {
    const page = continueAt === undefined ? undefined : this.#pages.get(continueAt);
    if (continueAt !== undefined && !page) {
      throw new ApiError(410, 'Expired', 'The provided continue parameter is too old');
    }
    const { rest, version } = page ?? {
      rest: this.all(resource, selection),
      version: this.version,
    };
    if (!limit || rest.length <= limit) return { items: rest, version };
    const token = Buffer.from(this.#uuid()).toString('base64url');
    this.#pages.set(token, { rest: rest.slice(limit), version });
    const remaining = rest.length - limit;
    return { items: rest.slice(0, limit), version, continueAt: token, remaining };
  }

  create(resource: string, namespace: string | undefined, given: ApiObject): ApiObject {
    const suffix = this.#uuid().slice(0, 5);
    const { name = `${given.metadata.generateName}${suffix}` } = given.metadata;
    const place = { resource, namespace, name };
    const before = this.#objects.get(keyOf(place));
    if (before) {
      throw new ApiError(
        409,
        'AlreadyExists',
        `${resource} ${JSON.stringify(name)} already exists`,
      );
    }
    return this.#write(place, { after: given });
  }

  /** A PUT: of a version that is no longer the one that is there, a conflict. */
  replace(place: Place, after: ApiObject, subresource?: 'status'): ApiObject {
    return this.#write(place, { after, before: this.get(place), subresource });
  }

  patch(
    place: Place,
    patch: unknown,
    {
      kind,
      subresource,
    }: { readonly kind: PatchKind; readonly subresource?: 'status' | undefined },
  ): ApiObject {
    const before = this.#objects.get(keyOf(place));
    if (!before && kind === 'apply')
      return this.create(place.resource, place.namespace, asObject(patch));
    if (!before) throw notFound(place);
    const after = asObject(
      kind === 'merge'
        ? mergePatched(before, patch)
        : strategicallyMerged(before, patch, place.resource),
    );
    const asked = asObject(patch).metadata?.resourceVersion;
    const metadata = {
      ...after.metadata,
      resourceVersion: asked ?? before.metadata.resourceVersion,
    };
    return this.#write(place, { after: { ...after, metadata } as ApiObject, before, subresource });
  }

  /** Gone at once, or marked as being deleted for as long as it has finalizers. */
  delete(place: Place): ApiObject {
    const before = this.get(place);
    if ((before.metadata.finalizers ?? []).length === 0) return this.#remove(place, before);
    if (before.metadata.deletionTimestamp !== undefined) return before;
    const deletionTimestamp = seconds(this.#nowMs());
    return this.#keep(place, {
      before,
      after: {
        ...before,
        metadata: { ...before.metadata, deletionTimestamp, deletionGracePeriodSeconds: 0 },
      },
    });
  }

  /** Calls `on` with all changes after a version; those that are known at once, before this returns. */
  watch(version: string, on: (change: StoredChange) => void): () => void {
    if (Number(version) < this.#oldest) {
      const compacted = `too old resource version: ${version} (${this.#oldest})`;
      throw new ApiError(410, 'Expired', compacted);
    }
    for (const change of this.#history) if (change.version > Number(version)) on(change);
    this.#watchers.add(on);
    return () => this.#watchers.delete(on);
  }

  /** Forgets all changes until now, and the rest of lists that were begun. */
  compact(): void {
    this.#oldest = this.#version;
    this.#history = [];
    this.#pages.clear();
  }

  #write(place: Place, write: Omit<Write, 'resource' | 'nowMs' | 'uuid'>): ApiObject {
    const resource = resourceNamed(place.resource);
    const whole: Write = { ...write, resource, nowMs: this.#nowMs(), uuid: this.#uuid };
    admitted(place, whole);
    const after = changedBy(place, whole);
    const { before } = write;
    if (before && isDeepStrictEqual(plain(before), plain(after))) return before;
    const isOver =
      after.metadata.deletionTimestamp !== undefined && !after.metadata.finalizers?.length;
    if (before && isOver) return this.#remove(place, after);
    return this.#keep(place, { before, after });
  }

  #keep(place: Place, { before, after }: Pick<Write, 'before' | 'after'>): ApiObject {
    const object = this.#versioned(after);
    this.#objects.set(keyOf(place), object);
    this.#tell({ resource: place.resource, type: before ? 'MODIFIED' : 'ADDED', object, before });
    return object;
  }

  #remove(place: Place, before: ApiObject): ApiObject {
    const object = this.#versioned(before);
    this.#objects.delete(keyOf(place));
    this.#tell({ resource: place.resource, type: 'DELETED', object, before });
    return object;
  }

  #versioned(object: ApiObject): ApiObject {
    const metadata = { ...object.metadata, resourceVersion: String(++this.#version) };
    // As JSON has it, and nobody else's to change.
    return JSON.parse(JSON.stringify({ ...object, metadata })) as ApiObject;
  }

  #tell(change: Omit<StoredChange, 'version'>): void {
    const whole = { ...change, version: this.#version };
    this.#history.push(whole);
    for (const on of [...this.#watchers]) on(whole);
  }
}

const keyOf = ({ resource, namespace, name }: Place): string =>
  `${resource}/${namespace ?? ''}/${name}`;

const asObject = (value: unknown): ApiObject => value as ApiObject;

const plain = (object: ApiObject): unknown => JSON.parse(JSON.stringify(object));

export const seconds = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

const notFound = ({ resource, name }: Place): ApiError =>
  new ApiError(404, 'NotFound', `${resource} ${JSON.stringify(name)} not found`);

export const isOfResource = (resource: Resource, change: StoredChange): boolean =>
  change.resource === resource.name;
