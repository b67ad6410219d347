/**
 * Reading of what an API server sent: whatever it is, a field is what it should be or is not there. A
 * text longer than any that the API allows is no text.
 */
export type Fields = Readonly<Record<string, unknown>>;

const longestText = 4_096;

const none: Fields = Object.freeze({});

export function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Fields)
    : none;
}

/** The field of that name itself, never one of a prototype. */
const own = (from: Fields, name: string): unknown =>
  Object.hasOwn(from, name) ? from[name] : undefined;

export const fieldsOf = (from: Fields, name: string): Fields => fields(own(from, name));

export function textOf(from: Fields, name: string): string | undefined {
  const value = own(from, name);
  return typeof value === 'string' && value.length <= longestText ? value : undefined;
}

export const isTrue = (from: Fields, name: string): boolean => own(from, name) === true;

/** `true` or `false` as they stand; absent for nil and for anything else. */
export function flagOf(from: Fields, name: string): boolean | undefined {
  const value = own(from, name);
  return typeof value === 'boolean' ? value : undefined;
}

/** A port from 1 to 65535; 0, the API's word for none, is absent. */
export function portOf(from: Fields, name: string): number | undefined {
  const value = own(from, name);
  const isPort =
    typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 65_535;
  return isPort ? value : undefined;
}

export function wholeOf(from: Fields, name: string): number | undefined {
  const value = own(from, name);
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

export function listOf(from: Fields, name: string): readonly unknown[] {
  const value = own(from, name);
  return Array.isArray(value) ? value : [];
}

export const textsOf = (from: Fields, name: string): readonly string[] =>
  listOf(from, name).filter(
    (one) => typeof one === 'string' && one.length <= longestText,
  ) as string[];

/** `2026-11-30T11:44:32Z` in milliseconds. */
export function timeOf(from: Fields, name: string): number | undefined {
  const value = own(from, name);
  if (typeof value !== 'string' || value.length > 64) return undefined;
  const ms = Date.parse(value);
  return Number.isNaN(ms) ? undefined : ms;
}

/** A map of texts: labels, annotations. */
export function textMapOf(from: Fields, name: string): ReadonlyMap<string, string> {
  const kept = new Map<string, string>();
  for (const [key, value] of Object.entries(fieldsOf(from, name))) {
    if (typeof value === 'string' && value.length <= longestText) kept.set(key, value);
  }
  return kept;
}

/** What is common to all objects; `undefined` for something without a name or a uid. */
export function identityOf(
  object: unknown,
): { readonly metadata: Fields; readonly name: string; readonly uid: string } | undefined {
  const metadata = fieldsOf(fields(object), 'metadata');
  const name = textOf(metadata, 'name');
  const uid = textOf(metadata, 'uid');
  return name && uid ? { metadata, name, uid } : undefined;
}
