import * as z from 'zod';
import type { Role } from '../../domain/actor/caller.ts';
import { parseServiceKey } from '../../domain/address.ts';
import { rolloutStatuses } from '../../domain/rollout/rollout-status.ts';
import type { AnswerSchema } from './schemas.ts';

/** Something that can be asked for over HTTP: a row that routes, their checks and the document are made of. */
export interface Operation {
  readonly method: 'get' | 'post';
  /** `/v1/rollouts/{rollout}`. */
  readonly path: string;
  readonly summary: string;
  readonly description?: string;
  /** The role that it takes. */
  readonly role: Role;
  readonly query?: z.ZodObject | undefined;
  readonly answer: {
    readonly status: 200 | 202;
    readonly description: string;
    readonly schema?: AnswerSchema;
    /** Types other than JSON, of which the caller chooses with `Accept`. */
    readonly types?: readonly string[];
  };
}

const service = z
  .string()
  .max(80)
  .refine((text) => parseServiceKey(text) !== undefined, 'no virtual service')
  .describe('tcp/10.0.0.100:80, fwm/7');
const whole = (least: number, most: number) => z.coerce.number().int().min(least).max(most);
const id = z.string().min(1).max(64);

/** Everything that the API answers, by what handlers are called. */
export const operations = {
  getTable: {
    method: 'get',
    path: '/v1/table',
    summary: 'the tables of the directors, and who has claims there',
    role: 'read',
    query: z.strictObject({ service: service.optional() }),
    answer: { status: 200, description: 'as drain list --output json', schema: 'Table' },
  },
  getServices: {
    method: 'get',
    path: '/v1/services',
    summary: 'the virtual services, and the directors that hold them',
    role: 'read',
    answer: { status: 200, description: 'their names', schema: 'Services' },
  },
  getRollouts: {
    method: 'get',
    path: '/v1/rollouts',
    summary: 'the latest rollouts',
    role: 'read',
    query: z.strictObject({
      state: z.enum(rolloutStatuses).optional(),
      service: service.optional(),
      actor: z.string().min(1).max(256).optional().describe('somebody who did something to it'),
      since: z.iso.datetime({ offset: true }).optional().describe('only what began since then'),
      limit: whole(1, 200).default(20),
      before: id.optional().describe('only what began before this one'),
    }),
    answer: { status: 200, description: 'a page, the latest first', schema: 'Rollouts' },
  },
  getRollout: {
    method: 'get',
    path: '/v1/rollouts/{rollout}',
    summary: 'a rollout',
    role: 'read',
    answer: { status: 200, description: 'how it is', schema: 'Rollout' },
  },
  getEvents: {
    method: 'get',
    path: '/v1/rollouts/{rollout}/events',
    summary: 'the events of a rollout, from any of them on, and live until it ends',
    description:
      'One event a line, as --output json has them; as text/event-stream each with its number as id, so that Last-Event-ID goes on after it. An empty line or a comment every 10 s says that the stream lives. Samples are as in the report: every one for the first minutes, then ever fewer.',
    role: 'read',
    query: z.strictObject({
      from: whole(0, Number.MAX_SAFE_INTEGER)
        .default(0)
        .describe('the number of the first event; that of the plan is 0'),
      follow: z.enum(['true', 'false']).default('true').describe('false: only what there is now'),
    }),
    answer: {
      status: 200,
      description: 'events',
      schema: 'Event',
      types: ['application/x-ndjson', 'text/event-stream'],
    },
  },
  getOpenApi: {
    method: 'get',
    path: '/v1/openapi.json',
    summary: 'this document',
    role: 'read',
    answer: { status: 200, description: 'OpenAPI 3.1' },
  },
} as const satisfies Readonly<Record<string, Operation>>;

export type OperationId = keyof typeof operations;
