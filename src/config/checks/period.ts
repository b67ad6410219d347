import * as z from 'zod';
import { parseDuration } from '../../domain/duration.ts';

/** A duration in a file, of at least so many milliseconds; `example` stands in what is said otherwise. */
export const periodOf = (least: number, example: string) =>
  z
    .union([z.string(), z.number()], `write a duration such as ${example}`)
    .transform((value, ctx) => {
      const ms = parseDuration(String(value));
      if (ms !== undefined && ms >= least) return ms;
      ctx.addIssue({ code: 'custom', message: `write a duration such as ${example}` });
      return z.NEVER;
    });
