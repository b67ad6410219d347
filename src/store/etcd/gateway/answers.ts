import * as z from 'zod';
import type { KeyValue } from '../etcd.ts';

/**
 * Answers of etcd's JSON gateway: bytes in base64, 64-bit numbers as text, and fields that are 0 or
 * empty left out (https://etcd.io/docs/v3.4/dev-guide/api_grpc_gateway/).
 */
const int64 = z.string().regex(/^-?\d{1,19}$/);
const text = z.base64().transform((bytes) => Buffer.from(bytes, 'base64').toString());

const keyValue = z
  .object({
    key: text,
    value: text.default(''),
    create_revision: int64,
    mod_revision: int64,
    lease: int64.default('0'),
  })
  .transform(
    ({ key, value, create_revision, mod_revision, lease }): KeyValue => ({
      key,
      value,
      created: create_revision,
      modified: mod_revision,
      lease,
    }),
  );

export const rangeAnswer = z.object({
  kvs: z.array(keyValue).default([]),
  more: z.boolean().default(false),
});

export const txnAnswer = z.object({
  header: z.object({ revision: int64 }),
  succeeded: z.boolean().default(false),
  responses: z.array(z.object({ response_range: rangeAnswer.optional() })).default([]),
});

export const leaseAnswer = z.object({ ID: int64, TTL: int64 });

/** A stream of one answer; `TTL` is missing when there is no such lease. */
export const keepAliveAnswer = z.object({ result: z.object({ TTL: int64.default('0') }) });

export const tokenAnswer = z.object({ token: z.string().min(1).max(8_192) });

const status = z.object({
  message: z.string().optional(),
  error: z.string().optional(),
  code: z.number().optional(),
  grpc_code: z.number().optional(),
});

/** An error by itself or in a stream; its numbers are gRPC's status codes. */
export const errorAnswer = z
  .union([z.object({ error: status }).transform(({ error }) => error), status])
  .transform(({ message, error, code, grpc_code }) => ({
    message: message ?? error ?? '',
    code: grpc_code ?? code,
  }));
