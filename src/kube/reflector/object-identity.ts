import { fields, fieldsOf, textOf } from '../cluster/fields.ts';

/** The version of an object, from outside; absent where it has none. */
export const versionOf = (object: unknown): string | undefined =>
  textOf(fieldsOf(fields(object), 'metadata'), 'resourceVersion');

/** `namespace/name`, or `/name` of what has no namespace; absent where it has no name. */
export function keyOf(object: unknown): string | undefined {
  const metadata = fieldsOf(fields(object), 'metadata');
  const name = textOf(metadata, 'name');
  return name ? `${textOf(metadata, 'namespace') ?? ''}/${name}` : undefined;
}
