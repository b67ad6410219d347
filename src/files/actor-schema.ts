import * as z from 'zod';
import type { Actor } from '../domain/actor/actor.ts';
import { type Acted, acts } from '../domain/actor/acts.ts';
import { timeMs } from './time-schema.ts';

const text = z.string().max(4_096);

/** Whoever caused something, as files have it. */
export const actorSchema = z.strictObject({
  user: text,
  host: text,
  run: text.exactOptional(),
  program: text.exactOptional(),
  via: z.literal('token').exactOptional(),
  request: text.exactOptional(),
  reason: text.exactOptional(),
}) satisfies z.ZodType<Actor>;

/** The things that were done to an around or a sequence, as its record has them. */
export const actsSchema = z
  .array(z.strictObject({ act: z.enum(acts), atMs: timeMs, actor: actorSchema }))
  .max(10_000) satisfies z.ZodType<readonly Acted[]>;
