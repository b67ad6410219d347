/**
 * `20261123-141530042-7f3a`: sorts by time, to the millisecond, because lists have the latest first
 * and a script may start two in one second; and two of the same millisecond differ.
 */
export function rolloutId(nowMs: number): string {
  const digits = new Date(nowMs)
    .toISOString()
    .replaceAll(/[^\dT]/g, '')
    .replace('T', '-');
  const random = Math.floor(Math.random() * 0x10000);
  return `${digits}-${random.toString(16).padStart(4, '0')}`;
}

/** Ids become file names and keys: nothing but what this program makes itself. */
export const isRolloutId = (text: string): boolean => /^[0-9a-z-]{1,64}$/.test(text);
