import * as z from 'zod';
import { acts } from '../../domain/actor/acts.ts';
import { clockWaitReasons } from '../../domain/events/event.ts';
import { moves } from '../../domain/rollout/plan.ts';
import { rolloutStatuses } from '../../domain/rollout/rollout-status.ts';

/** Answers may have more fields in a later version; whoever reads them passes over what it does not know. */
const answer = z.looseObject;
const at = z.iso.datetime().describe('UTC');
const server = z.string().describe('10.0.0.1:80, [2001:db8::1]:80');
const service = z.string().describe('tcp/10.0.0.100:80, fwm/7');
const count = z.int().min(0);

const told = {
  what: z.string().describe('what happened'),
  where: z.string().optional(),
  next: z.string().optional().describe('what to do next'),
};

/** Problem details (RFC 9457). */
export const problem = answer({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  ...told,
  exitCode: z.int().describe('as the command line has it'),
  others: z.array(answer(told)).optional().describe('what was found beside it'),
});
export type Problem = z.infer<typeof problem>;

const act = answer({
  act: z.enum(acts),
  at,
  user: z.string().describe('a login, or the name of a token'),
  host: z.string(),
  run: z.string().optional(),
  program: z.string().optional(),
  via: z.literal('token').optional(),
  request: z.string().optional().describe('the Idempotency-Key'),
  reason: z.string().optional(),
});

const summary = {
  rollout: z.string().describe('the id'),
  state: z.enum(rolloutStatuses),
  from: z.array(z.string()),
  to: z.array(z.string()),
  move: z.enum(moves).optional(),
  step: count,
  of: count,
  message: z.string(),
};

/** A rollout, as `drain history --output json` has it. */
export const rollout = answer({
  ...summary,
  services: z.array(service),
  pid: z.int().optional().describe('the process that runs it'),
  names: z.record(z.string(), z.string()).optional(),
  phase: z.string(),
  startedAt: at,
  endedAt: at.optional(),
  durationMs: z.number().optional(),
  waitingFor: z.enum(clockWaitReasons).optional(),
  waitingUntil: at.optional(),
  acts: z.array(act).optional(),
});
export type RolloutAnswer = z.infer<typeof rollout>;

export const rollouts = answer({
  rollouts: z.array(rollout).describe('the latest first'),
  next: z.string().optional().describe('the `before` of the next page; absent: this is the last'),
  unread: z.array(answer(told)).optional().describe('journals that cannot be read'),
});

const listedServer = answer({
  server,
  names: z.array(z.string()),
  groups: z.array(z.string()),
  weight: count,
  baseWeight: count.describe('what it has while no rollout has its service on a scale of its own'),
  activeConn: count,
  inActConn: count,
  persistConn: count,
  out: z.array(
    answer({
      reason: z.enum(['operator', 'health', 'cluster']),
      since: z.string(),
      weight: count,
      detail: z.string().optional(),
    }),
  ),
});

/** A virtual service of a director, as `drain list --output json` has it. */
export const listedService = answer({
  director: z.string(),
  service,
  scheduler: z.string(),
  connectionsPerSecond: z.number().optional(),
  servers: z.array(listedServer),
  rollouts: z.array(answer(summary)),
  clusters: z.array(z.string()),
  minServing: answer({
    floor: z.string(),
    unit: z.enum(['servers', 'weight']),
    serving: z.number(),
    of: z.number(),
    least: z.number(),
    spare: z.number(),
  }).optional(),
});

export const table = answer({
  services: z.array(listedService),
  frozen: answer({}).optional().describe('the freeze in force: no rollout starts'),
});

export const services = answer({
  services: z.array(answer({ service, directors: z.array(z.string()) })),
});

export const accepted = answer({
  rollout: z.string().optional().describe('its id; absent: there is nothing to do'),
  exitCode: z.int().optional(),
  message: z.string().optional(),
});

/** A plan, as the event `planned` has it, and its warnings. */
export const planned = answer({
  plan: answer({
    services: z.array(
      answer({
        service,
        scheduler: z.string(),
        steps: z.array(
          answer({ step: count, atMs: z.number(), weights: z.record(z.string(), count) }),
        ),
      }),
    ),
    from: z.array(z.string()),
    to: z.array(z.string()),
    overMs: z.number(),
    everyMs: z.number(),
  }),
  warnings: z.array(
    answer({ code: z.string(), message: z.string(), service: z.string().optional() }),
  ),
});

/** An event, as `--output json` has it. */
export const event = answer({
  v: z.literal(1),
  at,
  rollout: z.string(),
  type: z.string(),
});

/** The schemas of answers, by the names that the document has for them. */
export const answerSchemas = {
  Problem: problem,
  Rollout: rollout,
  Rollouts: rollouts,
  Table: table,
  Services: services,
  Accepted: accepted,
  Planned: planned,
  Event: event,
} as const;
export type AnswerSchema = keyof typeof answerSchemas;
