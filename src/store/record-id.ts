import * as z from 'zod';
import { isRolloutId } from '../domain/rollout/rollout-id.ts';

/** An id as names of files and keys take it. */
export const recordId = z.string().refine(isRolloutId);
