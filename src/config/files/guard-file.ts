import * as z from 'zod';
import { parseServiceKey, serviceKey } from '../../domain/address.ts';
import { formatDuration } from '../../domain/duration.ts';
import { ok, type Result } from '../../domain/failure.ts';
import type {
  AgentQuestion,
  CheckTiming,
  GuardConfig,
  GuardedService,
  MinHealthy,
} from '../../domain/health/guard.ts';
import { printable } from '../../domain/printable.ts';
import { agentFields, agentSchema } from '../checks/agent-schema.ts';
import { fallbackFields, fallbackSchema } from '../checks/fallback-schema.ts';
import { checkFieldsAt, type GivenCheck, guardCheck } from '../checks/guard-check.ts';
import { guardNotifyFields, guardNotifySchema } from '../checks/notify-schema.ts';
import { periodOf } from '../checks/period.ts';
import { checkYaml } from './checked-file.ts';

const period = periodOf(1, '500ms or 2s');
const inRange = 'write a whole number from 1 to 100';
const count = z.int(inRange).min(1, inRange).max(100, inRange);

const minHealthy = z
  .union([z.int(), z.string()], 'write a number of servers, or a percentage such as 50%')
  .transform((value, ctx): MinHealthy => {
    const percent = /^(\d{1,3})%$/.exec(String(value))?.[1];
    if (percent !== undefined && Number(percent) >= 1 && Number(percent) <= 100) {
      return { kind: 'percent', percent: Number(percent) };
    }
    if (typeof value === 'number' && value >= 1) return { kind: 'count', count: value };
    ctx.addIssue({
      code: 'custom',
      message: 'write a number of servers from 1, or a percentage from 1% to 100%',
    });
    return z.NEVER;
  });

const usualPollMs = 5_000;

/** Defaults where neither the service nor `defaults` says otherwise. */
const usual = {
  interval: 2_000,
  timeout: 1_000,
  rise: 2,
  fall: 3,
  rampUp: 30_000,
  minHealthy: { kind: 'count', count: 1 },
  clients: 'stay',
} as const;

const paceFields = {
  interval: period
    .optional()
    .describe(`time between questions (default: ${formatDuration(usual.interval)})`),
  timeout: period
    .optional()
    .describe(`how long an answer may take (default: ${formatDuration(usual.timeout)})`),
  rise: count
    .optional()
    .describe(`good answers in a row that bring a server back (default: ${usual.rise})`),
  fall: count
    .optional()
    .describe(`bad answers in a row that take a server out (default: ${usual.fall})`),
  rampUp: periodOf(0, '30s, or 0s for none')
    .optional()
    .describe(`how slowly the weight comes back (default: ${formatDuration(usual.rampUp)})`),
  minHealthy: minHealthy
    .optional()
    .describe(
      `servers that keep their weight whatever fails: a number, or a share such as 50% (default: ${usual.minHealthy.count})`,
    ),
  clients: z
    .enum(['stay', 'move'], 'write stay or move')
    .optional()
    .describe(`clients of a dead server stay, or leave it (default: ${usual.clients})`),
};
const pace = z.strictObject(paceFields);
type Pace = z.output<typeof pace>;

const guardedService = z.strictObject({
  service: z
    .string()
    .transform((text, ctx) => {
      const address = parseServiceKey(text);
      if (address) return serviceKey(address);
      const message = `"${printable(text)}" is no virtual service: write it as tcp/10.0.0.100:80, udp/[2001:db8::1]:53 or fwm/7`;
      ctx.addIssue({ code: 'custom', message });
      return z.NEVER;
    })
    .describe('a virtual service: tcp/10.0.0.100:80, udp/[2001:db8::1]:53 or fwm/7'),
  check: guardCheck.describe(
    'how a server is asked: tcp, a URL, a mapping as check of a plan has, dns: NAME (type, answer), grpc: SERVICE (tls, insecure, ca, serverName), or command: [./check-it, {address}]',
  ),
  agent: agentSchema
    .optional()
    .describe(
      'a line over TCP gives a part of the weight, as with agent-check of HAProxy: 75%, drain, ready, down, up',
    ),
  fallback: fallbackSchema
    .optional()
    .describe(
      'servers that stand in while all of the service are dead, and are drained out after: 10.0.0.99:8080, or a mapping (server, weight, forwarding), or a list',
    ),
  ...paceFields,
});

/** The fields of a guard file. */
export const guardSchema = z
  .strictObject({
    maintenance: z
      .string()
      .min(1)
      .optional()
      .describe('a folder in which a file named after a host takes that host out'),
    poll: periodOf(100, '5s; 100ms is the shortest')
      .default(usualPollMs)
      .describe(`how often the table is listed (default: ${formatDuration(usualPollMs)})`),
    notify: guardNotifySchema
      .optional()
      .describe('who is told when servers go down or come up, and when everything looks dead'),
    defaults: pace.default({}).describe('for every service that does not say otherwise'),
    services: z
      .array(guardedService)
      .min(1, 'name at least one service')
      .describe('the services whose servers are asked'),
  })
  .superRefine(({ services }, ctx) => {
    const seen = new Set<string>();
    for (const [index, { service }] of services.entries()) {
      if (seen.has(service)) {
        const path = ['services', index, 'service'];
        ctx.addIssue({ code: 'custom', path, message: `${service} is here twice` });
      }
      seen.add(service);
    }
  });

/** The file of `drain guard`: which services, how their servers are asked, and how much must stay. */
export function parseGuardFile(text: string, file: string): Result<GuardConfig> {
  const checked = checkYaml(text, file, guardSchema, (path) => {
    if (path.length === 0) return Object.keys(guardSchema.shape);
    if (path.includes('check')) return checkFieldsAt;
    if (path.includes('agent')) return agentFields;
    if (path.includes('fallback')) return fallbackFields;
    if (path[0] === 'notify') return guardNotifyFields;
    return Object.keys(path[0] === 'defaults' ? pace.shape : guardedService.shape);
  });
  if (!checked.ok) return checked;
  const { maintenance, poll, notify, defaults, services } = checked.value.value;
  return ok({
    pollMs: poll,
    ...(maintenance === undefined ? {} : { maintenance }),
    ...(notify === undefined ? {} : { notify }),
    services: services.map(({ service, check, agent, fallback, ...own }): GuardedService => {
      const settings = { ...usual, ...given(defaults), ...given(check.timing), ...given(own) };
      return {
        service,
        check: check.check,
        timing: timingOf(settings),
        ...(agent ? { agent: agentOf(agent, settings) } : {}),
        ...(fallback ? { fallback } : {}),
        rampUpMs: settings.rampUp,
        minHealthy: settings.minHealthy,
        ...(settings.clients === 'move' ? { clients: settings.clients } : {}),
      };
    }),
  });
}

type Settings = Required<{ [K in keyof Pace]: Exclude<Pace[K], undefined> }>;

const timingOf = ({ interval, timeout, rise, fall }: Settings): CheckTiming => ({
  intervalMs: interval,
  timeoutMs: timeout,
  rise,
  fall,
});

/** An agent is asked as often as the check where the file does not say otherwise. */
const agentOf = (
  { interval, timeout, least, ...agent }: z.output<typeof agentSchema>,
  settings: Settings,
): AgentQuestion => ({
  port: agent.port,
  ...(agent.send === undefined ? {} : { send: agent.send }),
  ...(least === undefined ? {} : { least }),
  intervalMs: interval ?? settings.interval,
  timeoutMs: timeout ?? settings.timeout,
});

/** The fields that were given; an absent one would hide what is under it. */
function given(fields: Pace | GivenCheck['timing']): Partial<Settings> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
