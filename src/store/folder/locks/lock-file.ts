import { constants } from 'node:fs';
import { lstat, open } from 'node:fs/promises';
import * as z from 'zod';
import { actorSchema } from '../../../files/actor-schema.ts';
import { codeOf } from '../folder-failure.ts';

const text = z
  .string()
  .max(4_096)
  .refine((one) => !one.includes('\0'));

/**
 * The content of a lock file. The version before wrote the first six, of which `pid` and `startTicks`
 * mean something on its own machine only.
 */
const schema = z.object({
  rollout: text,
  pid: z.int().min(0),
  /** The start of the process in clock ticks since boot: tells a process number that was used again. */
  startTicks: text,
  sinceMs: z.number(),
  released: z.boolean().optional(),
  momentary: z.boolean().optional(),
  place: z
    .object({
      host: text,
      machine: text.optional(),
      boot: text.optional(),
      pidNamespace: text.optional(),
    })
    .optional(),
  /** Tells one holding from every other. */
  owner: text.optional(),
  user: text.optional(),
  /** Whoever wanted it: the person behind `user`. */
  actor: actorSchema.optional().catch(undefined),
  state: text.optional(),
});

export type LockFile = z.infer<typeof schema>;

/** A look at a lock file. */
export type LockSight =
  /** It is not there, or not any more. */
  | { readonly kind: 'gone' }
  | { readonly kind: 'released'; readonly beatMs: number }
  /** `lock` is absent where the content is damaged. `beatMs`: the time of the last sign of life. */
  | {
      readonly kind: 'kept';
      readonly lock: LockFile | undefined;
      readonly beatMs: number;
      readonly uid: number;
    }
  /** A file of another user, who keeps it to himself. */
  | { readonly kind: 'unreadable'; readonly uid: number };

const longestBytes = 65_536;

/** Looks at a lock file, which somebody else may have made: neither a link nor a pipe is followed. */
export async function lookAtLock(file: string): Promise<LockSight> {
  try {
    const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
    const handle = await open(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    try {
      const found = await handle.stat();
      const { size, mtimeMs, uid } = found;
      if (!found.isFile()) return { kind: 'unreadable', uid };
      if (size === 0) return { kind: 'released', beatMs: mtimeMs };
      if (size > longestBytes) return { kind: 'unreadable', uid };
      const content = await handle.readFile('utf8');
      const lock = parseLockFile(content);
      // Emptied since its size was looked at.
      return lock?.released || content === ''
        ? { kind: 'released', beatMs: mtimeMs }
        : { kind: 'kept', lock, beatMs: mtimeMs, uid };
    } finally {
      await handle.close();
    }
  } catch (error) {
    const code = codeOf(error) ?? '';
    if (code === 'ENOENT') return { kind: 'gone' };
    if (['EACCES', 'EPERM', 'ELOOP', 'ENXIO', 'EISDIR'].includes(code)) return sizeOnly(file);
    throw error;
  }
}

/** A look without reading: the size alone tells whether a lock was released. */
async function sizeOnly(file: string): Promise<LockSight> {
  try {
    const found = await lstat(file);
    if (found.isFile() && found.size === 0) return { kind: 'released', beatMs: found.mtimeMs };
    return { kind: 'unreadable', uid: found.uid };
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return { kind: 'gone' };
    throw error;
  }
}

/** Reads a lock file of this version or the one before; `undefined` for what neither has written. */
export function parseLockFile(content: string): LockFile | undefined {
  try {
    return schema.safeParse(JSON.parse(content)).data;
  } catch {
    return undefined;
  }
}
