import * as z from 'zod';
import { actorSchema } from '../../files/actor-schema.ts';
import { realServer, serverKey, serviceKey } from '../../files/plan-schema.ts';
import { timeMs } from '../../files/time-schema.ts';
import type { MaintenanceMark } from '../../rollout/ports.ts';
import type { Documents } from '../place.ts';
import { claimSchema, newestClaim } from './cluster-claim.ts';
import { fallbackSchema } from './fallback-claim.ts';

const markSchema = z
  .strictObject({
    v: z.literal(1),
    table: z.string().max(4_096),
    service: serviceKey,
    server: serverKey,
    reason: z.enum(['operator', 'health']),
    weight: z.int().min(0),
    sinceMs: timeMs,
    rollout: z.string().max(256).exactOptional(),
    name: z.string().max(64).exactOptional(),
    actor: actorSchema.exactOptional(),
    percent: z.int().min(1).max(100).exactOptional(),
    row: z.strictObject({ server: realServer, expireNodestConn: z.int() }).exactOptional(),
  })
  .transform(({ v: _, ...mark }): MaintenanceMark => mark);

/** Claims of clusters and of guards are a later version's: an earlier one says so, instead of passing over them. */
const schema = z.union([markSchema, claimSchema, fallbackSchema]);

export const markForm = { schema, newest: newestClaim } satisfies Documents<unknown>;
