import * as z from 'zod';
import type { ServerKey, ServiceKey } from '../../domain/address.ts';
import { fail, ok, type Result } from '../../domain/failure.ts';
import { printable } from '../../domain/printable.ts';
import type { ConfJob } from './job.ts';

const service = z.string().transform((text) => text as ServiceKey);
const server = z.string().transform((text) => text as ServerKey);
const weight = z.int().min(0);
const hash = z.string().regex(/^[0-9a-f]{64}$/);

const edit = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('set-weight'), service, server, weight }),
  z.strictObject({ kind: z.literal('insert-server'), service, server, weight, like: server }),
  z.strictObject({ kind: z.literal('remove-server'), service, server }),
  z.strictObject({
    kind: z.literal('track-file'),
    service,
    server,
    name: z.string(),
    path: z.string(),
  }),
]);

const schema = z
  .strictObject({
    v: z.literal(1),
    id: z.string().regex(/^[\w-]+$/),
    startedMs: z.number(),
    path: z.string(),
    edits: z.array(edit),
    before: hash,
    after: hash,
    readBefore: hash,
    readAfter: hash,
    test: z.strictObject({ code: z.int(), said: z.array(z.string()) }),
    step: z.enum(['begun', 'tested', 'going-back']),
    why: z.string().exactOptional(),
  })
  .transform(({ v: _, ...job }): ConfJob => job);

/** The job that a file tells of. */
export function parseJob(text: string, file: string): Result<ConfJob> {
  try {
    const parsed = schema.safeParse(JSON.parse(text));
    if (parsed.success) return ok(parsed.data);
  } catch {
    // No JSON: said below.
  }
  return fail({
    kind: 'conflict',
    what: `${printable(file)} is no edit that this version of drain could go on with`,
    next: 'use the version of drain that began it, or look at what is there and remove that file',
  });
}
