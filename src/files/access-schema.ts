import * as z from 'zod';
import type { ManagerTerms } from '../domain/ipvs/managed-service.ts';
import type { DirectorAccess } from '../domain/places/director-access.ts';

const text = z.string().min(1).max(262_144);

/** The way of living with the program that manages a director's table. */
export const managerSchema = z.strictObject({
  keepalived: z.enum(['watch', 'track-files']),
}) satisfies z.ZodType<ManagerTerms>;

/** The access to the directors of a rollout, as files have it: each director once. */
export const accessSchema = z
  .array(
    z.strictObject({
      director: text,
      where: text,
      ipvsadm: text,
      manager: managerSchema.exactOptional(),
    }),
  )
  .min(1)
  .refine(
    (all) => new Set(all.map(({ director }) => director)).size === all.length,
    'a director is named twice',
  ) satisfies z.ZodType<readonly DirectorAccess[]>;
