import * as z from 'zod';
import { type CommandWords, parseCommandWords } from '../../domain/command-words.ts';
import type { TlsSpec } from '../../domain/health/gate.ts';
import { type CheckTiming, dnsTypes, type GuardCheck } from '../../domain/health/guard.ts';
import { checkFields, checkSchema } from './check-schema.ts';

export interface GivenCheck {
  readonly check: GuardCheck;
  /** Timing that the check itself gives. */
  readonly timing: {
    readonly interval?: number;
    readonly timeout?: number;
    readonly rise?: number;
    readonly fall?: number;
  };
}

/** The fields of a check in a guard's file, for what a refusal lists. */
export const checkFieldsAt: readonly string[] = [
  ...checkFields,
  ...['command', 'dns', 'type', 'answer', 'grpc', 'tls'],
];

const word = z
  .string()
  .min(1, 'an empty word')
  .refine((text) => !text.includes('\0'), 'holds a null character');

/** `./check-it {address}` is split at blanks; a list holds the words as they are. No shell either way. */
const words = z
  .union([z.string(), z.array(word).min(1)], 'write a command')
  .transform((value, ctx) => {
    const parsed =
      typeof value === 'string'
        ? parseCommandWords(value, { name: 'command', advice: 'Say what to run.' })
        : { ok: true as const, value: value as unknown as CommandWords };
    if (!parsed.ok) {
      ctx.addIssue({ code: 'custom', message: parsed.failure.what });
      return z.NEVER;
    }
    const unknown = parsed.value.flatMap((one) => /\{(?!address\}|port\})\w*\}/.exec(one) ?? [])[0];
    if (unknown !== undefined) {
      const message = `${unknown} means nothing: {address} and {port} are the server's`;
      ctx.addIssue({ code: 'custom', message });
      return z.NEVER;
    }
    return parsed.value;
  });

const commandCheck = z
  .strictObject({ command: words })
  .transform(({ command }): GuardCheck => ({ kind: 'command', words: command }));

const dnsName = /^(?=.{1,253}\.?$)(?:[\w-]{1,63}\.)*[\w-]{1,63}\.?$/;

const dnsCheck = z
  .strictObject({
    dns: z.string().regex(dnsName, 'write a name to ask for, such as www.example.com'),
    type: z.enum(dnsTypes, `write one of ${dnsTypes.join(', ')}`).default('A'),
    answer: z.string().min(1, 'write the record that the answer must hold').optional(),
  })
  .transform(({ dns, type, answer }): GuardCheck => {
    const wanted = answer === undefined ? {} : { answer };
    return { kind: 'dns', question: { name: dns, type, ...wanted } };
  });

const grpcCheck = z
  .strictObject({
    grpc: z.string().max(1_000, 'no name of a service'),
    tls: z.boolean().default(false),
    insecure: z.boolean().optional(),
    ca: z.string().min(1).optional(),
    serverName: z
      .string()
      .regex(/^[\w.:[\]-]{1,255}$/, 'no host name')
      .optional(),
  })
  .transform(({ grpc, tls, insecure, ca, serverName }, ctx): GuardCheck => {
    const given = [insecure, ca, serverName].some((one) => one !== undefined);
    if (given && !tls) {
      const message = 'insecure, ca and serverName are about TLS: write tls: true beside them';
      ctx.addIssue({ code: 'custom', message });
      return z.NEVER;
    }
    const spec: TlsSpec = {
      insecure: insecure ?? false,
      ...(ca === undefined ? {} : { caFile: ca }),
      ...(serverName === undefined ? {} : { serverName }),
    };
    return { kind: 'grpc', question: { service: grpc, ...(tls ? { tls: spec } : {}) } };
  });

/** Kinds of checks that only a guard has, by the field that tells them. */
const ownChecks = { command: commandCheck, dns: dnsCheck, grpc: grpcCheck };

/**
 * A check as in a plan, `tcp`, a URL or a mapping; or `{command: [./check-it, "{address}"]}`, `{dns: NAME}`,
 * `{grpc: SERVICE}`.
 */
export const guardCheck: z.ZodType<GivenCheck> = z.unknown().transform((raw, ctx) => {
  if (raw === undefined) {
    ctx.addIssue({ code: 'custom', message: 'say how a server is asked, for example check: tcp' });
    return z.NEVER;
  }
  const own = Object.entries(ownChecks).find(
    ([field]) => typeof raw === 'object' && raw !== null && Object.hasOwn(raw, field),
  )?.[1];
  const schema: z.ZodType<GivenCheck> = own
    ? own.transform((check) => ({ check, timing: {} }))
    : checkSchema.transform(({ probe, ...timing }) => ({
        check: { kind: 'probe', probe },
        timing: saidIn(raw, timing),
      }));
  const checked = schema.safeParse(raw);
  if (checked.success) return checked.data;
  for (const issue of checked.error.issues) ctx.addIssue({ ...issue, input: raw } as never);
  return z.NEVER;
});

/** The timing that a check itself gives; `defaults` come before what its schema filled in. */
function saidIn(raw: unknown, timing: CheckTiming): GivenCheck['timing'] {
  if (typeof raw !== 'object' || raw === null) return {};
  return {
    ...('interval' in raw ? { interval: timing.intervalMs } : {}),
    ...('timeout' in raw ? { timeout: timing.timeoutMs } : {}),
    ...('rise' in raw ? { rise: timing.rise } : {}),
    ...('fall' in raw ? { fall: timing.fall } : {}),
  };
}
