import { createHash } from 'node:crypto';
import * as z from 'zod';
import { serverKey, serviceKey } from '../../../files/plan-schema.ts';
import { timeMs } from '../../../files/time-schema.ts';

const text = z
  .string()
  .max(4_096)
  .refine((one) => !one.includes('\0'));

/** The maker of a claim, and where the state is that tells more of it. */
const maker = {
  v: z.literal(1),
  state: text,
  user: text,
  place: z.object({
    host: text,
    machine: text.optional(),
    boot: text.optional(),
    /** The mount namespace, in which a path means something: `mnt:[4026531841]`. */
    mount: text.optional(),
    /** The state folder as the kernel knows it, `DEVICE:INODE`, whatever its path is. */
    folder: text.optional(),
  }),
  sinceMs: timeMs,
};

/** A rollout that is not over, with its tables of this machine by their names there. */
const rolloutSchema = z.object({
  ...maker,
  rollout: z.string().regex(/^[0-9a-z-]{1,64}$/),
  tables: z.array(z.object({ director: text, table: text, services: z.array(serviceKey) })),
});

/** A server that an operator or a guard has out. `mark` names the document in the state folder. */
const markSchema = z.object({
  ...maker,
  mark: z.string().regex(/^[0-9a-f]{32}$/),
  table: text,
  service: serviceKey,
  server: serverKey,
  reason: z.enum(['operator', 'health']),
  weight: z.int().min(0),
});

export type RolloutClaim = z.infer<typeof rolloutSchema>;
export type MarkClaim = z.infer<typeof markSchema>;
export type ClaimMaker = Pick<RolloutClaim, 'v' | 'state' | 'user' | 'place'>;

/** Reads a claim; `undefined` for what is not as a version writes it. */
export function parseClaim(name: string, content: string): RolloutClaim | MarkClaim | undefined {
  try {
    const value: unknown = JSON.parse(content);
    const schema = name.startsWith('claim-') ? rolloutSchema : markSchema;
    return schema.safeParse(value).data;
  } catch {
    return undefined;
  }
}

/** The name of a rollout's claim; two states that know one id are two claims. */
export const rolloutClaimName = (rollout: string, maker: ClaimMaker): string =>
  `claim-${rollout}-${makerHash(maker)}`;

export const markClaimName = (mark: string, maker: ClaimMaker): string =>
  `mark-${mark}-${makerHash(maker)}`;

const makerHash = ({ state, place: { host, folder = '' } }: ClaimMaker): string =>
  createHash('sha256')
    .update(JSON.stringify([state, host, folder]))
    .digest('hex')
    .slice(0, 16);
