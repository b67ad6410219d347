import * as z from 'zod';
import { fail, ok, type Result } from '../domain/failure.ts';
import { printable } from '../domain/printable.ts';
import { accessSchema } from '../files/access-schema.ts';
import { planSchema, returnRampSchema, serverKey, serviceKey } from '../files/plan-schema.ts';
import type { JournalEntries } from '../rollout/ports.ts';
import { type JournalEntry, journalVersion } from '../rollout/state/journal.ts';
import { type JournalSubjects, misfitOf, subjectsAfter } from './journal-plan.ts';

const text = z.string().max(4_096);
const atMs = z.number();
const exitCode = z.int().min(0).max(255);
const head = { v: z.literal(journalVersion), atMs };

const milestone = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('step'), step: z.int().min(0) }),
  z.strictObject({
    kind: z.literal('retire'),
    service: serviceKey,
    servers: z.array(serverKey),
    last: z.boolean(),
  }),
  z.strictObject({ kind: z.literal('back'), step: z.int().min(0) }),
  z.strictObject({ kind: z.literal('return') }),
]);

const entrySchema = z.discriminatedUnion('type', [
  z.strictObject({
    ...head,
    type: z.literal('opened'),
    rollout: text,
    plan: planSchema,
    access: accessSchema,
    startAtMs: atMs,
  }),
  z.strictObject({ ...head, type: z.literal('intended'), director: text, milestone }),
  z.strictObject({ ...head, type: z.literal('reached'), director: text, milestone }),
  z.strictObject({ ...head, type: z.literal('drained'), service: serviceKey, server: serverKey }),
  z.strictObject({ ...head, type: z.literal('undrained'), service: serviceKey, server: serverKey }),
  z.strictObject({
    ...head,
    type: z.literal('bystander-changed'),
    director: text,
    service: serviceKey,
    server: serverKey,
    weight: z.int().min(0).nullable(),
  }),
  z.strictObject({ ...head, type: z.literal('director-lost'), director: text, reason: text }),
  z.strictObject({ ...head, type: z.literal('director-reset'), director: text }),
  z.strictObject({ ...head, type: z.literal('director-regained'), director: text }),
  z.strictObject({
    ...head,
    type: z.literal('turned-back'),
    reason: text,
    exitCode,
    ramp: returnRampSchema.exactOptional(),
  }),
  z.strictObject({ ...head, type: z.literal('resumed'), startAtMs: atMs }),
  z.strictObject({
    ...head,
    type: z.literal('paused'),
    reason: text,
    manualStep: z.int().min(0).exactOptional(),
  }),
  z.strictObject({ ...head, type: z.literal('continued'), startAtMs: atMs }),
  z.strictObject({
    ...head,
    type: z.literal('ended'),
    outcome: z.enum(['done', 'held', 'rolled-back', 'refused', 'failed']),
    exitCode,
    message: text,
  }),
]) satisfies z.ZodType<JournalEntry>;

export interface ReadJournal {
  readonly entries: JournalEntries;
  /** Bytes up to the end of the last whole entry: what comes after is a torn write. */
  readonly wholeBytes: number;
}

/**
 * A journal as it was found on disk. A last line without its end is what a crash in the middle of a
 * write leaves: the change that it announced was never made, so it is dropped. Anything else that is
 * not as expected is refused, and so is an entry of a newer version.
 */
export function parseJournal(content: string, file: string): Result<ReadJournal> {
  const refuse = (line: number, why: string): Result<ReadJournal> =>
    fail({
      kind: 'usage',
      what: `the journal cannot be read: ${printable(why)}`,
      where: `${printable(file)}:${line}`,
      next: 'look at the table with ipvsadm -Ln, and set the weights by hand or start a new rollout',
    });
  const end = content.lastIndexOf('\n') + 1;
  const entries: JournalEntry[] = [];
  let subjects: JournalSubjects | undefined;
  for (const [index, line] of content.slice(0, end).split('\n').slice(0, -1).entries()) {
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      return refuse(index + 1, 'this line is no JSON');
    }
    const version = (value as { readonly v?: unknown } | null)?.v;
    if (typeof version === 'number' && version > journalVersion) {
      return refuse(index + 1, `it was written by a newer drain (version ${version})`);
    }
    const checked = entrySchema.safeParse(value);
    if (!checked.success) {
      const issue = checked.error.issues[0];
      return refuse(index + 1, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'unexpected'}`);
    }
    if ((checked.data.type === 'opened') !== (index === 0)) {
      return refuse(index + 1, 'a journal begins with an opened entry, and has no other');
    }
    if (checked.data.type === 'opened') subjects = { plan: checked.data.plan, lost: new Set() };
    const misfit = subjects && misfitOf(checked.data, subjects);
    if (misfit) return refuse(index + 1, misfit);
    subjects = subjects && subjectsAfter(subjects, checked.data);
    entries.push(checked.data);
  }
  const [first, ...rest] = entries;
  if (first?.type !== 'opened') return refuse(1, 'it is empty: the rollout never began');
  return ok({ entries: [first, ...rest], wholeBytes: Buffer.byteLength(content.slice(0, end)) });
}
