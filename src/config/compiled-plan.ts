import { z } from 'zod';
import type { ServerKey, ServiceKey } from '../domain/address.ts';
import { fail, ok, type Result } from '../domain/failure.ts';
import type { RealServer, VirtualService } from '../domain/ipvs.ts';
import { type CompiledPlan, compiledVersion, type Plan } from '../domain/plan.ts';
import { printable } from '../domain/printable.ts';

const serverKey = z.string().max(64) as unknown as z.ZodType<ServerKey>;
const serviceKey = z.string().max(80) as unknown as z.ZodType<ServiceKey>;
const weight = z.int().min(0);
const durationMs = z.number().min(0);
const text = z.string().max(256);
const port = z.int().min(0).max(65_535);

const realServer = z.strictObject({
  key: serverKey,
  address: text,
  port,
  forwarding: z.enum(['masq', 'route', 'tunnel']),
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
      address: text,
      port,
    }),
    z.strictObject({
      kind: z.literal('fwmark'),
      mark: z.int().min(1).max(0xffff_ffff),
      family: z.union([z.literal(4), z.literal(6)]),
    }),
  ]),
  scheduler: text,
  schedulerFlags: z.array(text),
  persistence: z
    .strictObject({ timeoutS: z.int().min(0), netmask: text.exactOptional() })
    .exactOptional(),
  engine: text.exactOptional(),
  onePacket: z.boolean(),
  servers: z.array(realServer),
}) satisfies z.ZodType<VirtualService>;

const planSchema = z.strictObject({
  from: z.array(text),
  to: z.array(text),
  overMs: durationMs,
  everyMs: durationMs,
  schedule: z
    .array(z.strictObject({ atMs: durationMs, fraction: z.number().min(0).max(1) }))
    .min(2),
  directors: z.array(
    z.strictObject({
      director: text,
      services: z.array(
        z.strictObject({
          service: serviceKey,
          baseline: virtualService,
          scheduler: text,
          oldServers: z.array(serverKey),
          newServers: z.array(serverKey),
          servers: z.array(serverKey),
          added: z.array(realServer),
          steps: z.array(z.array(weight)),
          finalWeights: z.array(weight),
          scale: z.strictObject({
            multiplier: z.number().positive(),
            divisor: z.number().positive(),
            totalWeight: weight,
            baselineTotalWeight: weight,
            connectionsPerStep: z.number().exactOptional(),
            errorConnections: z.number(),
          }),
        }),
      ),
    }),
  ),
  policy: z.strictObject({
    drainTimeoutMs: durationMs,
    settleMs: durationMs,
    pollMs: z.number().min(1),
    onTimeout: z.enum(['hold', 'remove', 'rollback']),
    onFailure: z.enum(['rollback', 'hold']),
    onInterrupt: z.enum(['hold', 'rollback']),
    keep: z.boolean(),
  }),
}) satisfies z.ZodType<Plan>;

const compiledSchema = z.strictObject({
  drainPlan: z.literal(compiledVersion),
  director: text,
  ipvsadm: text,
  plan: planSchema,
}) satisfies z.ZodType<CompiledPlan>;

/** Whether a file is meant as a compiled plan, as opposed to a plan file in YAML. */
export const looksCompiled = (text: string): boolean => /^\s*\{\s*"drainPlan"/.test(text);

/** A compiled plan, held against its schema and against itself. */
export function parseCompiledPlan(text: string, file: string): Result<CompiledPlan> {
  const refuse = (why: string): Result<CompiledPlan> =>
    fail({
      kind: 'usage',
      what: `${printable(file)} is no compiled plan of this version: ${printable(why)}`,
      next: 'compile it again with drain plan -o, and do not edit it by hand',
    });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return refuse((error as Error).message);
  }
  const checked = compiledSchema.safeParse(value);
  if (!checked.success) {
    const issue = checked.error.issues[0];
    return refuse(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not as expected'}`);
  }
  const lopsided = checked.data.plan.directors
    .flatMap((director) => director.services)
    .find(
      (service) =>
        service.steps.length !== checked.data.plan.schedule.length ||
        [...service.steps, service.finalWeights].some(
          (weights) => weights.length !== service.servers.length,
        ),
    );
  if (lopsided)
    return refuse(`${lopsided.service} does not have a weight for each server and step`);
  return ok(checked.data);
}
