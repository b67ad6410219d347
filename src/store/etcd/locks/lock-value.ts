import * as z from 'zod';
import type { LockHolder } from '../../../rollout/ports.ts';

/** What a lock's key holds: for people, and for its holder to know it again. */
export interface LockValue extends LockHolder {
  /** Tells one holding from every other. */
  readonly nonce: string;
}

const schema = z.object({
  v: z.literal(1),
  rollout: z.string().max(256),
  pid: z.int().min(0),
  host: z.string().max(256).exactOptional(),
  sinceMs: z.number(),
  momentary: z.boolean().exactOptional(),
  nonce: z.string().max(64),
});

export const formatLock = (value: LockValue): string => JSON.stringify({ v: 1, ...value });

/** `undefined` when it is nothing that this version writes. */
export function parseLock(text: string): LockValue | undefined {
  try {
    const { data } = schema.safeParse(JSON.parse(text));
    if (!data) return undefined;
    const { v: _, ...value } = data;
    return value;
  } catch {
    // No JSON: somebody else's.
    return undefined;
  }
}
