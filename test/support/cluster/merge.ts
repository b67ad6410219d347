import { isRecord } from './api-object.ts';

type Fields = Readonly<Record<string, unknown>>;

/** A JSON merge patch (RFC 7396): null removes, a list replaces. */
export function mergePatched(before: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return patch;
  const merged: Record<string, unknown> = { ...(isRecord(before) ? before : {}) };
  for (const [field, value] of Object.entries(patch)) {
    if (value === null) delete merged[field];
    else merged[field] = mergePatched(merged[field], value);
  }
  return merged;
}

/** The lists that a strategic merge patch merges by a key; all others are replaced as a whole. */
const keys: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  nodes: { conditions: 'type', addresses: 'type' },
  services: { ports: 'port', conditions: 'type' },
  pods: { conditions: 'type', containers: 'name', volumes: 'name', env: 'name' },
};

const primitives = new Set(['finalizers', 'podCIDRs']);
const directive = /^\$(setElementOrder|deleteFromPrimitiveList|retainKeys|patch)/;

/** A strategic merge patch of Kubernetes, for the types of `resources`. */
export function strategicallyMerged(before: unknown, patch: unknown, resource: string): unknown {
  if (!isRecord(patch)) return patch;
  if (patch.$patch === 'replace') return withoutDirectives(patch);
  const merged: Record<string, unknown> = { ...(isRecord(before) ? before : {}) };
  for (const [field, value] of Object.entries(patch)) {
    if (directive.test(field)) continue;
    if (value === null) delete merged[field];
    else merged[field] = mergedField(merged[field], { field, value, resource });
  }
  for (const [field, values] of Object.entries(patch)) {
    const [, list] = /^\$deleteFromPrimitiveList\/(.+)$/.exec(field) ?? [];
    if (list === undefined || !Array.isArray(values)) continue;
    const kept = listOf(merged[list]).filter((one) => !values.includes(one));
    if (kept.length > 0) merged[list] = kept;
    else delete merged[list];
  }
  return merged;
}

interface FieldPatch {
  readonly field: string;
  readonly value: unknown;
  readonly resource: string;
}

function mergedField(before: unknown, { field, value, resource }: FieldPatch): unknown {
  if (!Array.isArray(value)) return strategicallyMerged(before, value, resource);
  if (primitives.has(field)) return [...new Set([...listOf(before), ...value])];
  const key = field === 'ownerReferences' ? 'uid' : keys[resource]?.[field];
  if (key === undefined || value.some((one) => !isRecord(one))) return value;
  return mergedByKey(listOf(before).filter(isRecord), { items: value, key, resource });
}

interface ListPatch {
  readonly items: readonly Fields[];
  readonly key: string;
  readonly resource: string;
}

function mergedByKey(before: readonly Fields[], { items, key, resource }: ListPatch): Fields[] {
  if (items.some(({ $patch }) => $patch === 'replace')) {
    return items.filter(({ $patch }) => $patch === undefined);
  }
  const merged = [...before];
  for (const item of items) {
    const at = merged.findIndex((one) => one[key] === item[key]);
    if (item.$patch === 'delete') {
      if (at >= 0) merged.splice(at, 1);
      continue;
    }
    const next = strategicallyMerged(merged[at], item, resource) as Fields;
    if (at < 0) merged.push(next);
    else merged[at] = next;
  }
  return merged;
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const withoutDirectives = (patch: Fields): Fields =>
  Object.fromEntries(Object.entries(patch).filter(([field]) => !directive.test(field)));
