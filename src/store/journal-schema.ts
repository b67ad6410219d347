import { setImmediate } from 'node:timers/promises';
import * as z from 'zod';
import { rollbackCauses } from '../domain/events/event.ts';
import { type Failure, fail, ok, type Result } from '../domain/failure.ts';
import { printable } from '../domain/printable.ts';
import { timeoutActions } from '../domain/rollout/plan.ts';
import { accessSchema } from '../files/access-schema.ts';
import { actorSchema } from '../files/actor-schema.ts';
import {
  planSchema,
  rollbackRampSchema,
  serverKey,
  serviceKey,
  weight,
  weightScaleSchema,
} from '../files/plan-schema.ts';
import { durationMs, timeMs } from '../files/time-schema.ts';
import type { JournalEntries } from '../rollout/ports.ts';
import type { Milestone } from '../rollout/state/director-state.ts';
import { type JournalEntry, journalVersion } from '../rollout/state/journal.ts';
import { type JournalSubjects, misfitOf, subjectsAfter } from './journal-plan.ts';
import { keptSentence, sentence } from './kept-sentence.ts';
import { oldRollbackCause } from './old-sentences.ts';

/**
 * The words of the engine for its entries and milestones, and beside each the word that a journal has
 * for it. A journal is read by other versions than the one that wrote it: the words on the right never
 * change, those on the left are free.
 */
export const entryWords = {
  opened: 'opened',
  intended: 'intended',
  reached: 'reached',
  drained: 'drained',
  refilled: 'undrained',
  'bystander-changed': 'bystander-changed',
  'director-lost': 'director-lost',
  'director-reset': 'director-reset',
  'director-regained': 'director-regained',
  'rollback-started': 'turned-back',
  resumed: 'resumed',
  accepted: 'accepted',
  rescaled: 'rescaled',
  'step-inserted': 'step-inserted',
  promoted: 'promoted',
  'setting-borrowed': 'setting-borrowed',
  'setting-returned': 'setting-returned',
  paused: 'paused',
  continued: 'continued',
  ended: 'ended',
} as const satisfies Readonly<Record<JournalEntry['type'], string>>;

export const milestoneWords = {
  step: 'step',
  retire: 'retire',
  'rollback-step': 'back',
  'base-scale': 'base-scale',
  rollback: 'return',
} as const satisfies Readonly<Record<Milestone['kind'], string>>;

/** Reads the word of a journal as the word of the engine. */
const entryType = <T extends keyof typeof entryWords>(type: T) =>
  z.literal(entryWords[type]).transform(() => type);
const milestoneKind = <K extends keyof typeof milestoneWords>(kind: K) =>
  z.literal(milestoneWords[kind]).transform(() => kind);

const text = z.string().max(4_096);
const exitCode = z.int().min(0).max(255);
const head = { v: z.literal(journalVersion), atMs: timeMs };
/** The head of an entry that somebody may have caused. */
const caused = { ...head, actor: actorSchema.exactOptional() };

const milestone = z.discriminatedUnion('kind', [
  z.strictObject({ kind: milestoneKind('step'), step: z.int().min(0) }),
  z.strictObject({
    kind: milestoneKind('retire'),
    service: serviceKey,
    servers: z.array(serverKey),
    last: z.boolean(),
  }),
  z.strictObject({ kind: milestoneKind('rollback-step'), step: z.int().min(0) }),
  z.strictObject({
    kind: milestoneKind('base-scale'),
    services: z.array(z.strictObject({ service: serviceKey, weights: z.array(z.int().min(0)) })),
  }),
  z.strictObject({ kind: milestoneKind('rollback') }),
]);

const entrySchema = z.discriminatedUnion('type', [
  z.strictObject({
    ...caused,
    type: entryType('opened'),
    rollout: text,
    plan: planSchema,
    access: accessSchema,
    startAtMs: timeMs,
  }),
  z.strictObject({ ...head, type: entryType('intended'), director: text, milestone }),
  z.strictObject({ ...head, type: entryType('reached'), director: text, milestone }),
  z.strictObject({ ...head, type: entryType('drained'), service: serviceKey, server: serverKey }),
  z.strictObject({ ...head, type: entryType('refilled'), service: serviceKey, server: serverKey }),
  z.strictObject({
    ...head,
    type: entryType('bystander-changed'),
    director: text,
    service: serviceKey,
    server: serverKey,
    weight: z.int().min(0).nullable(),
  }),
  z.strictObject({ ...head, type: entryType('director-lost'), director: text, reason: sentence }),
  z.strictObject({ ...head, type: entryType('director-reset'), director: text }),
  z.strictObject({ ...head, type: entryType('director-regained'), director: text }),
  z
    .strictObject({
      ...caused,
      type: entryType('rollback-started'),
      cause: z.enum(rollbackCauses).exactOptional(),
      reason: sentence,
      exitCode,
      ramp: rollbackRampSchema.exactOptional(),
    })
    .transform(({ cause, ...entry }) => ({
      ...entry,
      cause: cause ?? oldRollbackCause(entry.reason, entry.exitCode),
    })),
  z.strictObject({
    ...caused,
    type: entryType('resumed'),
    startAtMs: timeMs,
    terms: z
      .strictObject({
        drainTimeoutMs: durationMs.exactOptional(),
        settleMs: durationMs.exactOptional(),
        onTimeout: z.enum(timeoutActions).exactOptional(),
        mayEmpty: z.literal(true).exactOptional(),
        schedule: z.array(durationMs).exactOptional(),
        until: z.number().positive().max(1).exactOptional(),
        anyTime: z.literal(true).exactOptional(),
      })
      .exactOptional(),
    access: accessSchema.exactOptional(),
  }),
  z.strictObject({
    ...head,
    type: entryType('accepted'),
    director: text,
    service: serviceKey,
    weights: z.array(z.tuple([serverKey, z.int().min(0).nullable()])),
  }),
  z.strictObject({
    ...head,
    type: entryType('rescaled'),
    director: text,
    service: serviceKey,
    fromStep: z.int().min(1),
    scale: weightScaleSchema,
    steps: z.array(z.array(weight)).min(1),
  }),
  z.strictObject({
    ...head,
    type: entryType('step-inserted'),
    step: z.int().min(1),
    dueMs: durationMs,
    fraction: z.number().positive().max(1),
    services: z
      .array(
        z.strictObject({ director: text, service: serviceKey, weights: z.array(weight).min(1) }),
      )
      .min(1),
  }),
  z.strictObject({ ...caused, type: entryType('promoted') }),
  z.strictObject({
    ...head,
    type: entryType('setting-borrowed'),
    director: text,
    before: z.int().min(0),
  }),
  z.strictObject({ ...head, type: entryType('setting-returned'), director: text }),
  z.strictObject({
    ...caused,
    type: entryType('paused'),
    reason: sentence,
    manualStep: z.int().min(0).exactOptional(),
  }),
  z.strictObject({ ...caused, type: entryType('continued'), startAtMs: timeMs }),
  z.strictObject({
    ...caused,
    type: entryType('ended'),
    outcome: z.enum(['done', 'held', 'rolled-back', 'refused', 'failed']),
    exitCode,
    message: sentence,
    abandoned: z.literal(true).exactOptional(),
  }),
]) satisfies z.ZodType<JournalEntry>;

/** An entry as a journal has it, in one line without its end. Sentences of any length are cut. */
export function formatEntry(entry: JournalEntry): string {
  const type = entryWords[entry.type];
  if (entry.type === 'intended' || entry.type === 'reached') {
    const milestone = { ...entry.milestone, kind: milestoneWords[entry.milestone.kind] };
    return JSON.stringify({ ...entry, type, milestone });
  }
  if ('reason' in entry) {
    return JSON.stringify({ ...entry, type, reason: keptSentence(entry.reason) });
  }
  if ('message' in entry) {
    return JSON.stringify({ ...entry, type, message: keptSentence(entry.message) });
  }
  return JSON.stringify({ ...entry, type });
}

export const unreadableJournal = (why: string, where: string): Failure => ({
  kind: 'usage',
  what: `the journal cannot be read: ${printable(why)}`,
  where: printable(where),
  next: 'look at the table with `ipvsadm -Ln`, and set the weights by hand or start a new rollout',
});

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
  const parsing = parsed(content, file);
  for (;;) {
    const { done, value } = parsing.next();
    if (done) return value;
  }
}

/** The same; a long journal is read bit by bit, so that whatever else this process does goes on. */
export async function parseBitByBit(content: string, file: string): Promise<Result<ReadJournal>> {
  const parsing = parsed(content, file);
  for (let bitEndMs = performance.now() + bitMs; ; ) {
    const { done, value } = parsing.next();
    if (done) return value;
    if (performance.now() < bitEndMs) continue;
    await setImmediate();
    bitEndMs = performance.now() + bitMs;
  }
}

/** The time for which nothing else goes on. */
const bitMs = 10;

/** Reads a journal entry by entry. */
function* parsed(content: string, file: string): Generator<void, Result<ReadJournal>> {
  const refuse = (line: number, why: string): Result<ReadJournal> =>
    fail(unreadableJournal(why, `${file}:${line}`));
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
    yield;
  }
  const [first, ...rest] = entries;
  if (first?.type !== 'opened') return refuse(1, 'it is empty: the rollout never began');
  return ok({ entries: [first, ...rest], wholeBytes: Buffer.byteLength(content.slice(0, end)) });
}
