import * as z from 'zod';
import {
  parseServerName,
  parseServiceKey,
  type ServerKey,
  type ServiceKey,
} from '../domain/address.ts';
import type { Floor, Floors, ServiceFloor } from '../domain/floor/floor.ts';
import type { RealServer, VirtualService } from '../domain/ipvs/ipvs.ts';
import { printable } from '../domain/printable.ts';
import {
  moves,
  type Plan,
  type RollbackRamp,
  type ServicePlan,
  timeoutActions,
  type WeightScale,
} from '../domain/rollout/plan.ts';
import { gateSetSchema, gateSpecSchema } from './gate-schema.ts';
import { durationMs, timeMs, timeWindowSchema } from './time-schema.ts';

export const serverKey = z
  .string()
  .max(64)
  .refine(
    (key) => parseServerName(key)?.port !== undefined,
    'no real server',
  ) as unknown as z.ZodType<ServerKey>;
export const serviceKey = z
  .string()
  .max(80)
  .refine(
    (key) => parseServiceKey(key) !== undefined,
    'no virtual service',
  ) as unknown as z.ZodType<ServiceKey>;
export const weight = z.int().min(0);
const text = z
  .string()
  .max(256)
  .refine((shown) => printable(shown, 256) === shown, 'holds characters that cannot be shown');
/** A word of a line for ipvsadm: a blank would begin another option, a line end another command. */
const word = z
  .string()
  .max(256)
  .regex(/^[!-~]+$/, 'expected one word');
const port = z.int().min(0).max(65_535);

export const realServer = z.strictObject({
  key: serverKey,
  address: word,
  port,
  forwarding: z.enum(['masq', 'route', 'tunnel', 'local']),
  tunnel: z
    .strictObject({
      type: z.enum(['ipip', 'gue', 'gre']),
      port: port.exactOptional(),
      checksum: z.enum(['nocsum', 'csum', 'remcsum']).exactOptional(),
    })
    .exactOptional(),
  weight,
  upperThreshold: weight,
  lowerThreshold: weight,
}) satisfies z.ZodType<RealServer>;

const virtualService = z.strictObject({
  key: serviceKey,
  address: z.discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('address'),
      protocol: z.enum(['tcp', 'udp', 'sctp']),
      address: word,
      port,
    }),
    z.strictObject({
      kind: z.literal('fwmark'),
      mark: z.int().min(1).max(0xffff_ffff),
      family: z.union([z.literal(4), z.literal(6)]),
    }),
  ]),
  scheduler: word,
  schedulerFlags: z.array(word),
  persistence: z
    .strictObject({ timeoutS: z.int().min(0), netmask: word.exactOptional() })
    .exactOptional(),
  engine: word.exactOptional(),
  onePacket: z.boolean(),
  servers: z.array(realServer),
}) satisfies z.ZodType<VirtualService>;

/** The scale of a ramp's weights, as plans and journals have it. */
export const weightScaleSchema = z.strictObject({
  multiplier: z.number().positive(),
  divisor: z.number().positive(),
  totalWeight: weight,
  baselineTotalWeight: weight,
  connectionsPerStep: z.number().exactOptional(),
  errorConnections: z.number(),
}) satisfies z.ZodType<WeightScale>;

const floor = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('count'), count: z.int().min(1) }),
  z.strictObject({ kind: z.literal('percent'), percent: z.number().positive().max(100) }),
]) satisfies z.ZodType<Floor>;

/** The floors of a config file, as records keep them for a resume. */
export const floorsSchema = z.strictObject({
  all: floor.exactOptional(),
  services: z.array(z.tuple([serviceKey, floor])),
}) satisfies z.ZodType<Floors>;

/** The floor of a service, and its capacity when nobody is out. */
const serviceFloor = z.strictObject({
  floor,
  base: z.strictObject({ servers: z.int().min(0), weight: z.number().min(0) }),
}) satisfies z.ZodType<ServiceFloor>;

const servicePlan = z
  .strictObject({
    service: serviceKey,
    baseline: virtualService,
    scheduler: word,
    restoresScheduler: z.literal(true).exactOptional(),
    oldServers: z.array(serverKey),
    newServers: z.array(serverKey),
    servers: z.array(serverKey),
    added: z.array(realServer),
    steps: z.array(z.array(weight)),
    finalWeights: z.array(weight),
    scale: weightScaleSchema,
    moving: z
      .strictObject({
        gains: z.array(z.number()),
        extra: z.number().min(0),
        everyStepMoves: z.boolean(),
      })
      .exactOptional(),
    managedBy: word.exactOptional(),
    watched: z.array(z.tuple([serverKey, weight])).exactOptional(),
    out: z.array(z.tuple([serverKey, weight])).exactOptional(),
    floor: serviceFloor.exactOptional(),
  })
  .refine(isWhole, 'servers, steps and baseline do not fit together')
  .refine(
    // Maintenance may leave a service without weight, when the operator insists.
    ({ oldServers, newServers, steps, finalWeights }) =>
      oldServers.length === 0 ||
      newServers.length === 0 ||
      [...steps, finalWeights].every((weights) => weights.some(Boolean)),
    'a step would leave the service without weight',
  );

/**
 * Checks that a plan is whole: every list of weights is about the same servers, the baseline's and
 * the added ones.
 */
function isWhole(plan: ServicePlan): boolean {
  const known = new Set([...plan.baseline.servers, ...plan.added].map((server) => server.key));
  return (
    plan.service === plan.baseline.key &&
    plan.oldServers.length + plan.newServers.length > 0 &&
    known.size === plan.servers.length &&
    plan.servers.every((server) => known.has(server)) &&
    [...plan.oldServers, ...plan.newServers].every((server) => plan.servers.includes(server)) &&
    [...plan.steps, plan.finalWeights].every((weights) => weights.length === plan.servers.length) &&
    (plan.moving === undefined ||
      (plan.moving.gains.length === plan.newServers.length &&
        (plan.oldServers.length === 0 || plan.moving.gains.every((gain) => gain >= 0))))
  );
}

const schedule = z
  .array(
    z.strictObject({
      atMs: durationMs,
      fraction: z.number().min(0).max(1),
      manual: z.boolean().exactOptional(),
      gates: z.array(gateSpecSchema).exactOptional(),
    }),
  )
  .min(2);

/** The ramp of a rollback as a journal has it. */
export const rollbackRampSchema = z.strictObject({
  schedule,
  directors: z.array(
    z.strictObject({
      director: text,
      services: z.array(
        z.strictObject({ service: serviceKey, steps: z.array(z.array(weight)).min(2) }),
      ),
    }),
  ),
}) satisfies z.ZodType<RollbackRamp>;

/** A plan as files have it: in a compiled plan, and in the first entry of a journal. */
export const planSchema = z.strictObject({
  from: z.array(text),
  to: z.array(text),
  move: z.enum(moves).exactOptional(),
  names: z.record(serverKey, text).exactOptional(),
  overMs: durationMs,
  everyMs: durationMs,
  schedule,
  until: z.number().positive().max(1).exactOptional(),
  directors: z
    .array(
      z.strictObject({
        director: text,
        services: z.array(servicePlan).min(1),
        syncGroup: z.int().min(0).max(255).exactOptional(),
        syncBackup: z.literal(true).exactOptional(),
      }),
    )
    .min(1),
  policy: z.strictObject({
    drainTimeoutMs: durationMs,
    settleMs: durationMs,
    pollMs: z.number().min(1),
    onTimeout: z.enum(timeoutActions),
    onFailure: z.enum(['rollback', 'hold']),
    onInterrupt: z.enum(['hold', 'rollback']),
    skipsConnect: z.literal(true).exactOptional(),
    skipsIpvsGate: z.literal(true).exactOptional(),
    mayEmpty: z.literal(true).exactOptional(),
    keep: z.boolean(),
    quorum: z.int().min(1).exactOptional(),
  }),
  gates: gateSetSchema.exactOptional(),
  startsAtMs: timeMs.exactOptional(),
  windows: z.array(timeWindowSchema).min(1).exactOptional(),
}) satisfies z.ZodType<Plan>;
