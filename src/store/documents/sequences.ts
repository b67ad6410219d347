import * as z from 'zod';
import type { SequencedOrder, SequenceRecord } from '../../domain/rollout/sequence.ts';
import { actsSchema } from '../../files/actor-schema.ts';
import { gateSetSchema } from '../../files/gate-schema.ts';
import { floorsSchema, planSchema, serviceKey } from '../../files/plan-schema.ts';
import { timeMs, timeWindowSchema } from '../../files/time-schema.ts';
import { sentence, withKeptEnd } from '../kept-sentence.ts';
import { rampSchema } from '../ramp-schema.ts';
import { recordId } from '../record-id.ts';
import type { RecordForm } from './records.ts';

const text = z.string().max(65_536);
const name = z.string().max(1_024);

const order = z.strictObject({
  directors: z.array(z.strictObject({ where: text, ipvsadm: text, name: name.exactOptional() })),
  names: z.array(z.tuple([name, name])),
  groups: z.array(z.tuple([name, z.array(name)])),
  from: z.array(name),
  to: z.array(z.strictObject({ name, share: z.number().exactOptional() })).exactOptional(),
  move: planSchema.shape.move,
  moved: z.array(z.strictObject({ name, weight: z.int().min(0).exactOptional() })).exactOptional(),
  services: z.array(serviceKey).exactOptional(),
  ramp: rampSchema,
  weight: z.int().min(0).exactOptional(),
  setScheduler: z.literal('wrr').exactOptional(),
  restoreScheduler: z.literal(true).exactOptional(),
  policy: planSchema.shape.policy,
  allowDifferences: z.boolean(),
  gates: gateSetSchema.exactOptional(),
  at: z.string().max(64).exactOptional(),
  windows: z.array(timeWindowSchema).exactOptional(),
  force: z.boolean().exactOptional(),
  reason: text.exactOptional(),
  floors: floorsSchema.exactOptional(),
}) satisfies z.ZodType<SequencedOrder>;

const schema = z
  .strictObject({
    v: z.literal(1),
    sequence: recordId,
    startedMs: timeMs,
    file: text,
    first: z.int().min(1),
    count: z.int().min(1),
    items: z.array(
      z.strictObject({ order, rollout: recordId.exactOptional(), isDone: z.boolean() }),
    ),
    end: z
      .strictObject({
        outcome: z.enum(['done', 'held', 'rolled-back', 'failed']),
        exitCode: z.int().min(0).max(255),
        message: sentence,
      })
      .exactOptional(),
    acts: actsSchema.exactOptional(),
  })
  .transform(({ v: _, ...record }): SequenceRecord => record);

/** Records of sequences, each under its id. */
export const sequenceForm: RecordForm<SequenceRecord> = {
  schema,
  newest: 1,
  idOf: ({ sequence }) => sequence,
  write: (record) => JSON.stringify({ v: 1, ...withKeptEnd(record) }),
};
