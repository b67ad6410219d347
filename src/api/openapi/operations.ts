import * as z from 'zod';
import type { BodyKind } from '../../config/control/request-body.ts';
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
  /** The form of the body; absent: there is none. */
  readonly body?: BodyKind | undefined;
  /** Headers that change what is done. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly answer: {
    readonly status: 200 | 202;
    readonly description: string;
    readonly schema?: AnswerSchema;
    /** Whether 200 is answered where there is nothing to do. */
    readonly mayBeNothing?: boolean;
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
const started = { status: 202, description: 'it goes on', schema: 'Accepted' } as const;
const asked = { status: 202, description: 'it is asked for', schema: 'Accepted' } as const;
const inHand =
  'A rollout that runs is asked, and obeys as soon as it can; its events tell. Where no process runs it, it is done here.';

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
  postPlan: {
    method: 'post',
    path: '/v1/plan',
    summary: 'what a rollout would do; changes nothing',
    role: 'read',
    body: 'plan',
    answer: { status: 200, description: 'its plan, and what speaks against it', schema: 'Planned' },
  },
  postRollouts: {
    method: 'post',
    path: '/v1/rollouts',
    summary: 'start a rollout, which goes on in the server',
    description:
      'The body has the fields of a plan file. Answers as soon as the rollout has its journal; what is refused before it is problem details.',
    role: 'start',
    body: 'plan',
    headers: {
      'Idempotency-Key':
        'whoever asks again with the same key gets the same rollout: a job that runs twice starts one',
    },
    answer: started,
  },
  postPause: {
    method: 'post',
    path: '/v1/rollouts/{rollout}/pause',
    summary: 'let a running rollout wait where it is',
    role: 'operate',
    body: 'reason',
    answer: asked,
  },
  postContinue: {
    method: 'post',
    path: '/v1/rollouts/{rollout}/continue',
    summary: 'let a paused rollout go on',
    role: 'operate',
    body: 'reason',
    answer: asked,
  },
  postPromote: {
    method: 'post',
    path: '/v1/rollouts/{rollout}/promote',
    summary: 'the rest of a ramp in one step, gates first',
    description: inHand,
    role: 'start',
    body: 'reason',
    answer: asked,
  },
  postResume: {
    method: 'post',
    path: '/v1/rollouts/{rollout}/resume',
    summary: 'go on with a rollout that was held or cut off',
    role: 'start',
    body: 'resume',
    answer: started,
  },
  postRollback: {
    method: 'post',
    path: '/v1/rollouts/{rollout}/rollback',
    summary: 'go back to the table from before a rollout',
    description: inHand,
    role: 'operate',
    body: 'rollback',
    answer: asked,
  },
  postAbandon: {
    method: 'post',
    path: '/v1/rollouts/{rollout}/abandon',
    summary: 'end a rollout that has stopped, and leave the table as it is',
    role: 'start',
    body: 'reason',
    answer: asked,
  },
  postOut: {
    method: 'post',
    path: '/v1/servers/{server}/out',
    summary: 'take real servers out of service and wait until they are empty',
    role: 'operate',
    body: 'out',
    answer: { ...started, mayBeNothing: true },
  },
  postIn: {
    method: 'post',
    path: '/v1/servers/{server}/in',
    summary: 'bring real servers back to the weights that they had before',
    role: 'operate',
    body: 'in',
    answer: { ...started, mayBeNothing: true },
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
