import { createHash } from 'node:crypto';
import * as z from 'zod';
import { serverKey, serviceKey } from '../files/plan-schema.ts';
import type { MarkSubject, OutMark } from '../rollout/ports.ts';

const schema = z.strictObject({
  v: z.literal(1),
  table: z.string().max(4_096),
  service: serviceKey,
  server: serverKey,
  reason: z.enum(['operator', 'health']),
  weight: z.int().min(0),
  sinceMs: z.number(),
  rollout: z.string().max(256).exactOptional(),
});

export const formatMark = (mark: OutMark): object => ({ v: 1, ...mark });

/** Throws where it is no mark of this version. */
export function parseMark(text: string): OutMark {
  const { v: _, ...mark } = schema.parse(JSON.parse(text));
  return mark;
}

/** The one name of a subject, fit for files and keys. */
export function markName({ table, service, server, reason }: MarkSubject): string {
  const subject = JSON.stringify([table, service, server, reason]);
  return createHash('sha256').update(subject).digest('hex').slice(0, 32);
}
