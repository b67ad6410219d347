import * as z from 'zod';
import type { RampRequest } from '../domain/rollout/plan.ts';
import { gateSpecSchema } from '../files/gate-schema.ts';
import { durationMs } from '../files/time-schema.ts';

/** A ramp as records of `drain around` and of sequences have it. */
export const rampSchema = z.strictObject({
  overMs: durationMs,
  everyMs: durationMs,
  curve: z.enum(['linear', 's-curve', 'exponential']),
  percentages: z.array(z.number()).exactOptional(),
  stops: z
    .array(
      z.strictObject({
        holdMs: durationMs.exactOptional(),
        manual: z.boolean().exactOptional(),
        gates: z.array(gateSpecSchema).exactOptional(),
      }),
    )
    .exactOptional(),
  until: z.number().positive().max(1).exactOptional(),
}) satisfies z.ZodType<RampRequest>;
