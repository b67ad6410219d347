import { isDeepStrictEqual } from 'node:util';
import { ApiError, type ApiObject, isRecord, type Metadata, type Resource } from './api-object.ts';

/** An object before and after, as a request wants it. */
export interface Write {
  readonly resource: Resource;
  readonly before?: ApiObject | undefined;
  readonly after: ApiObject;
  readonly subresource?: 'status' | undefined;
  readonly nowMs: number;
  readonly uuid: () => string;
}

interface Named {
  readonly namespace?: string | undefined;
  readonly name: string;
}

/** Throws what a real API server answers to a write that is against its rules. */
export function admitted({ name }: Named, { resource, before, after }: Write): void {
  const asked = after.metadata.resourceVersion;
  if (before && asked && asked !== before.metadata.resourceVersion) {
    const changed =
      'the object has been modified; please apply your changes to the latest version and try again';
    const what = `Operation cannot be fulfilled on ${resource.name} "${name}": ${changed}`;
    throw new ApiError(409, 'Conflict', what);
  }
  const fresh = newFinalizers(before, after);
  if (before?.metadata.deletionTimestamp !== undefined && fresh.length > 0) {
    const list = fresh.map((one) => `"${one}"`).join(', ');
    throw new ApiError(
      422,
      'Invalid',
      `${resource.kind} "${name}" is invalid: metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{${list}}`,
    );
  }
  for (const path of microTimes[resource.name] ?? []) refuseOtherThanMicro(after, path);
}

/** The object as it is kept: what its writer cannot decide is as it was, or made. */
export function changedBy(
  { namespace, name }: Named,
  { resource, before, after, subresource, nowMs, uuid }: Write,
): ApiObject {
  const { managedFields: _, ...given } = after.metadata;
  if (!before) {
    const made = {
      ...{ uid: uuid(), creationTimestamp: `${new Date(nowMs).toISOString().slice(0, 19)}Z` },
      ...(hasGeneration(resource) ? { generation: 1 } : {}),
    };
    const metadata: Metadata = { ...given, name, ...(namespace ? { namespace } : {}), ...made };
    return { ...typed(resource), ...after, metadata };
  }
  const { uid, creationTimestamp, deletionTimestamp, generation } = before.metadata;
  const kept = defined({ uid, creationTimestamp, deletionTimestamp, generation, namespace });
  const { finalizers, ...others } = given;
  const held = finalizers && finalizers.length > 0 ? { finalizers } : {};
  const metadata: Metadata = { ...others, ...held, name, ...kept };
  if (subresource === 'status') {
    return { ...before, metadata, ...defined({ status: after.status }) };
  }
  const hasStatus = resource.subresources.includes('status');
  const next = {
    ...typed(resource),
    ...after,
    metadata,
    ...(hasStatus ? { status: before.status } : {}),
  };
  const isNewSpec = hasGeneration(resource) && !isDeepStrictEqual(before.spec, after.spec);
  return isNewSpec
    ? { ...next, metadata: { ...metadata, generation: (generation ?? 0) + 1 } }
    : next;
}

const hasGeneration = ({ name }: Resource): boolean => name === 'pods' || name === 'endpointslices';

const typed = ({ kind, groups }: Resource) => ({ apiVersion: groups.at(-1) ?? 'v1', kind });

const defined = (fields: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

function newFinalizers(before: ApiObject | undefined, after: ApiObject): readonly string[] {
  const known = before?.metadata.finalizers ?? [];
  return (after.metadata.finalizers ?? []).filter((one) => !known.includes(one));
}

/** Go reads these with a layout of exactly six digits, measured. */
const microTimes: Readonly<Record<string, readonly (readonly string[])[]>> = {
  leases: [
    ['spec', 'acquireTime'],
    ['spec', 'renewTime'],
  ],
  events: [['eventTime'], ['series', 'lastObservedTime']],
};

function refuseOtherThanMicro(object: ApiObject, path: readonly string[]): void {
  const value = path.reduce<unknown>((at, step) => (isRecord(at) ? at[step] : undefined), object);
  if (value === undefined || value === null) return;
  if (typeof value === 'string' && /T\d\d:\d\d:\d\d\.\d{6}(Z|[+-]\d\d:\d\d)$/.test(value)) return;
  const what = `parsing time ${JSON.stringify(value)} as "2006-01-02T15:04:05.000000Z07:00": cannot parse`;
  throw new ApiError(400, 'BadRequest', what);
}
