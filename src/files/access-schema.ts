import * as z from 'zod';
import type { DirectorAccess } from '../domain/places/director-access.ts';

const text = z.string().min(1).max(4_096);

/** How the directors of a rollout are reached, as it stands in files: each once. */
export const accessSchema = z
  .array(z.strictObject({ director: text, where: text, ipvsadm: text }))
  .min(1)
  .refine(
    (all) => new Set(all.map(({ director }) => director)).size === all.length,
    'a director is named twice',
  ) satisfies z.ZodType<readonly DirectorAccess[]>;
