import * as z from 'zod';
import {
  type CheckSpec,
  type GateSet,
  type GateSpec,
  type HttpProbe,
  noDataActions,
  withoutCredentials,
} from '../domain/health/gate.ts';

/** A word of a command line has up to 131,072 characters, and whoever resumes has to read it. */
const text = z.string().max(262_144);
/** A URL without a password, which would be in every copy of the plan or journal. */
const url = text.refine(
  (shown) => withoutCredentials(shown) === shown,
  'has a user or password in it',
);
const ms = z.number().min(1);
const count = z.int().min(1).max(100);
const code = z.int().min(100).max(599);

const httpProbe = z.strictObject({
  kind: z.literal('http'),
  url,
  status: z.array(z.strictObject({ from: code, to: code })),
  body: z
    .discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('text'), text }),
      z.strictObject({ kind: z.literal('pattern'), source: text, flags: text }),
    ])
    .exactOptional(),
  host: text.exactOptional(),
  tls: z.strictObject({
    insecure: z.boolean(),
    caFile: text.exactOptional(),
    serverName: text.exactOptional(),
  }),
}) satisfies z.ZodType<HttpProbe>;

const terms = {
  everyMs: ms.exactOptional(),
  failures: z.strictObject({ of: count, allowed: z.int().min(0).max(100) }).exactOptional(),
  after: z
    .discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('connections'), connections: z.int().min(1) }),
      z.strictObject({ kind: z.literal('time'), ms }),
    ])
    .exactOptional(),
  noData: z.enum(noDataActions).exactOptional(),
  onFailure: z.enum(['rollback', 'hold', 'report']).exactOptional(),
};

/** A gate as a compiled plan and a journal have it. */
export const gateSpecSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('command'), words: z.tuple([text], text), ...terms }),
  httpProbe.extend(terms),
  z.strictObject({
    kind: z.literal('prometheus'),
    url,
    query: text,
    comparison: z.enum(['<', '<=', '>', '>=', '==', '!=']),
    limit: z.number(),
    compare: z
      .strictObject({
        by: z.enum(['ratio', 'difference']),
        minimum: z.int().min(1).exactOptional(),
      })
      .exactOptional(),
    ...terms,
  }),
]) satisfies z.ZodType<GateSpec>;

const checkSpec = z.strictObject({
  probe: z.discriminatedUnion('kind', [httpProbe, z.strictObject({ kind: z.literal('tcp') })]),
  timeoutMs: ms,
  intervalMs: ms,
  rise: count,
  fall: count,
}) satisfies z.ZodType<CheckSpec>;

export const gateSetSchema = z.strictObject({
  check: checkSpec.exactOptional(),
  gates: z.array(gateSpecSchema),
}) satisfies z.ZodType<GateSet>;
