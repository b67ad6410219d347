import { gunzipSync, gzipSync } from 'node:zlib';

/** etcd takes 1.5 MiB in one request; a plan of many services is larger, and packs to a tenth. */
const packedFrom = 16_384;
const mostBytes = 256 * 1024 * 1024;
const mark = 'gzip:';

/** A value as it is kept: JSON as it is, or packed when it is long. */
export const pack = (text: string): string =>
  text.length < packedFrom ? text : mark + gzipSync(text).toString('base64');

/** `undefined` when it is nothing that `pack` has made. */
export function unpack(value: string): string | undefined {
  if (!value.startsWith(mark)) return value;
  try {
    const bytes = Buffer.from(value.slice(mark.length), 'base64');
    return gunzipSync(bytes, { maxOutputLength: mostBytes }).toString();
  } catch {
    return undefined;
  }
}
