import * as z from 'zod';
import { actorSchema } from '../../../files/actor-schema.ts';
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
export const rolloutSchema = z.object({
  ...maker,
  rollout: z.string().regex(/^[0-9a-z-]{1,64}$/),
  tables: z.array(z.object({ director: text, table: text, services: z.array(serviceKey) })),
});

/** The name of a document of the state folder, below `out`. */
const documentName = z.string().regex(/^[0-9a-f]{32}$/);

/** A server that an operator or a guard has out. `mark` names the document in the state folder. */
export const markSchema = z.object({
  ...maker,
  mark: documentName,
  table: text,
  service: serviceKey,
  server: serverKey,
  reason: z.enum(['operator', 'health']),
  weight: z.int().min(0),
  actor: actorSchema.optional().catch(undefined),
});

/** A service that a cluster drives, and those of its servers that are out or on their way in. */
export const clusterSchema = z.object({
  ...maker,
  mark: documentName,
  table: text,
  service: serviceKey,
  cluster: text,
  of: z.object({ namespace: text, name: text, port: text }),
  servers: z
    .array(
      z.object({
        server: serverKey,
        node: text.optional(),
        weight: z.int().min(0),
        state: z.enum(['joining', 'leaving']),
        sinceMs: timeMs,
        cause: text.optional(),
      }),
    )
    .max(100_000),
});
