import * as z from 'zod';
import type { AroundRecord, KeptOptions } from '../../domain/around/around.ts';
import type { MaintenanceTerms } from '../../domain/rollout/maintenance.ts';
import { accessSchema } from '../../files/access-schema.ts';
import { actsSchema } from '../../files/actor-schema.ts';
import { gateSetSchema } from '../../files/gate-schema.ts';
import { floorsSchema, planSchema, serviceKey } from '../../files/plan-schema.ts';
import { durationMs, timeMs } from '../../files/time-schema.ts';
import { sentence, withKeptEnd } from '../kept-sentence.ts';
import { oldLayer } from '../old-sentences.ts';
import { rampSchema } from '../ramp-schema.ts';
import { recordId } from '../record-id.ts';
import type { RecordForm } from './records.ts';

const recordVersion = 2;

const text = z.string().max(65_536);
const port = z.int().min(0).max(65_535).exactOptional();
const options = z.record(
  z.string().max(64),
  z
    .strictObject({
      values: z.array(text),
      where: text,
      check: gateSetSchema.shape.check,
    })
    .transform((option) => ({ ...option, ...oldLayer(option.where) })),
);

const terms = z.strictObject({
  ramp: rampSchema,
  policy: planSchema.shape.policy,
  services: z.array(serviceKey).exactOptional(),
  allowDifferences: z.boolean(),
  check: gateSetSchema.shape.check,
  checkWithinMs: durationMs,
  weight: z.int().min(0).exactOptional(),
}) satisfies z.ZodType<MaintenanceTerms>;

const recordShape = {
  around: recordId,
  startedMs: timeMs,
  access: accessSchema,
  command: z.tuple([text], text),
  commandTimeoutMs: durationMs.exactOptional(),
  force: z.boolean(),
  floors: floorsSchema.exactOptional(),
  batches: z.array(
    z.strictObject({
      phase: z.enum(['waiting', 'out', 'command', 'in', 'done']),
      servers: z.array(
        z.strictObject({
          address: z.string().max(64),
          name: z.strictObject({
            address: z.string().max(64),
            port,
            called: z.string().max(64).exactOptional(),
          }),
          port,
          container: z.string().max(255).exactOptional(),
          isCommandDone: z.boolean(),
          process: z
            .strictObject({ pid: z.int().min(1), startTicks: z.string().max(32) })
            .exactOptional(),
        }),
      ),
    }),
  ),
  end: z
    .strictObject({
      outcome: z.enum(['done', 'held', 'rolled-back', 'failed']),
      exitCode: z.int().min(0).max(255),
      message: sentence,
    })
    .exactOptional(),
  acts: actsSchema.exactOptional(),
};

/** The first version kept the options of `drain out` and `drain in` as they were given. */
const first = z
  .strictObject({
    ...recordShape,
    v: z.literal(1),
    checkTimeout: text.exactOptional(),
    options: z.strictObject({ out: options, in: options }),
  })
  .transform(({ v: _, options: given, checkTimeout, ...record }): AroundRecord => {
    const more = checkTimeout === undefined ? {} : { checkTimeout };
    return { ...record, terms: { kind: 'options', ...given, ...more } };
  });

const second = z
  .strictObject({
    ...recordShape,
    v: z.literal(recordVersion),
    settings: z.strictObject({ out: terms, in: terms }),
  })
  .transform(
    ({ v: _, settings, ...record }): AroundRecord => ({
      ...record,
      terms: { kind: 'settings', ...settings },
    }),
  );

/** A record that was read in the form of the first version stays in that form. */
function formatRecord({ terms: kept, ...record }: AroundRecord): string {
  if (kept.kind === 'settings') {
    const { kind: _, ...settings } = kept;
    return JSON.stringify({ v: recordVersion, ...record, settings });
  }
  const { kind: _, checkTimeout, ...given } = kept;
  const options = { out: withoutLayers(given.out), in: withoutLayers(given.in) };
  return JSON.stringify({ v: 1, ...record, options, checkTimeout });
}

/** The first version told the layer of an option by its words alone. */
const withoutLayers = (options: KeptOptions): object =>
  Object.fromEntries(
    Object.entries(options).map(([name, { layer: _, section: __, ...option }]) => [name, option]),
  );

/** Records of `drain around`, each under its id. */
export const aroundForm: RecordForm<AroundRecord> = {
  schema: z.discriminatedUnion('v', [first, second]),
  newest: recordVersion,
  idOf: ({ around }) => around,
  write: (record) => formatRecord(withKeptEnd(record)),
};
