import * as z from 'zod';
import type { FallbackClaim } from '../../domain/health/fallback.ts';
import { serverKey, serviceKey } from '../../files/plan-schema.ts';
import { timeMs } from '../../files/time-schema.ts';
import { newestClaim } from './cluster-claim.ts';

export const fallbackSchema = z
  .strictObject({
    v: z.literal(newestClaim),
    reason: z.literal('fallback'),
    table: z.string().max(4_096),
    service: serviceKey,
    servers: z.array(serverKey).max(1_000),
    sinceMs: timeMs,
    leavingMs: timeMs.exactOptional(),
  })
  .transform(({ v: _, reason: __, ...claim }): FallbackClaim => claim);
