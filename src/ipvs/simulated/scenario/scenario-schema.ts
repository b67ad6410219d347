import * as z from 'zod';
import { parseServiceKey, serviceKey } from '../../../domain/address.ts';
import { parseDuration } from '../../../domain/duration.ts';

const noDuration = 'expected a duration such as 500ms, 30s or 1h30m';

const duration = z.string(noDuration).transform((text, context) => {
  const ms = parseDuration(text);
  if (ms === undefined) context.addIssue(noDuration);
  return ms ?? 0;
});

const noService = 'expected a service such as tcp/10.0.0.100:80, udp/[2001:db8::1]:53 or fwm/7';

const service = z.string(noService).transform((text, context) => {
  const address = parseServiceKey(text);
  if (address) return { key: serviceKey(address), address };
  context.addIssue(noService);
  return z.NEVER;
});

const share = z.number().min(0);
const onOff = z.union([z.literal(0), z.literal(1)]);

const longLived = z.strictObject({ share: z.number().min(0).max(1), life: duration });

const endings = z.strictObject({
  'client-fin': share.optional(),
  'server-fin': share.optional(),
  reset: share.optional(),
  'half-closed': share.optional(),
  vanish: share.optional(),
});

const traffic = z.strictObject({
  service,
  to: service.optional(),
  perSecond: z.number().min(0).max(1_000_000),
  arrivals: z.enum(['even', 'poisson']).default('poisson'),
  life: duration,
  longLived: longLived.optional(),
  endings: endings.default({ 'client-fin': 1 }),
  clients: z.int().min(1).max(1_000_000).default(250),
  portsPerClient: z.int().min(1).max(28_232).default(28_232),
  packetEvery: duration.default(5_000),
});

const sysctl = z.strictObject({
  conn_reuse_mode: z.union([z.literal(0), z.literal(1), z.literal(2)]).optional(),
  expire_nodest_conn: onOff.optional(),
  expire_quiescent_template: onOff.optional(),
});

/** The file of `--director sim:FILE`; `plans/sim-blue-green.yaml` is a commented one. */
export const scenarioSchema = z.strictObject({
  seed: z.int().min(0).default(1),
  speed: z.number().min(0).max(100_000).default(0),
  warmUp: duration.default(0),
  table: z.string(),
  sysctl: sysctl.default({}),
  traffic: z.array(traffic).default([]),
});

export type ScenarioFile = z.infer<typeof scenarioSchema>;
export type TrafficEntry = ScenarioFile['traffic'][number];

/** The fields that may stand in the object at this path. */
export function allowedFields(path: readonly PropertyKey[]): readonly string[] {
  const last = path.at(-1);
  if (last === 'sysctl') return Object.keys(sysctl.shape);
  if (last === 'longLived') return Object.keys(longLived.shape);
  if (last === 'endings') return Object.keys(endings.shape);
  return Object.keys(path[0] === 'traffic' ? traffic.shape : scenarioSchema.shape);
}
