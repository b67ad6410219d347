import * as z from 'zod';
import { formatDuration, parseDuration } from '../../domain/duration.ts';
import type { CheckSpec, TlsSpec } from '../../domain/health/gate.ts';
import { parseBodyMatch, parseCheck, parseStatusRanges, usualTiming } from './check-spec.ts';

const scalar = z.union([z.string(), z.number()]).transform(String);

/** Keeps what `parse` makes of a text, and says `message` where that is nothing. */
function parsed<T extends object | number>(
  parse: (text: string) => T | undefined,
  message: string,
) {
  return scalar.transform((text, context): T => {
    const value = parse(text);
    if (value !== undefined) return value;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });
}

const period = parsed(
  (text) => parseDuration(text) || undefined,
  'a duration above 0 is needed, such as 500ms or 2s',
);
const count = z.int('a whole number is needed').min(1).max(100);
/** A host name that goes into a header as it is: no blanks, no line ends. */
const hostName = z.string().regex(/^[\w.:[\]-]{1,255}$/, 'no host name');

const mapping = z.strictObject({
  url: z.string().describe('http:// or https://, with {address} and {port} in it, or tcp'),
  status: parsed(parseStatusRanges, 'write status codes such as 200-299 or 200,204')
    .optional()
    .describe('the codes that pass, such as 200-299 or 200,204 (default: 200-299)'),
  body: parsed(
    (text) => (text === '' ? undefined : parseBodyMatch(text)),
    'write a text, or a regular expression such as /"status": *"ok"/i (flags i m s u)',
  )
    .optional()
    .describe('what the answer must hold: a text, or a regular expression such as /"ok"/i'),
  host: hostName.optional().describe('the Host header (default: that of the URL)'),
  timeout: period
    .default(usualTiming.timeoutMs)
    .describe(`how long an answer may take (default: ${formatDuration(usualTiming.timeoutMs)})`),
  interval: period
    .default(usualTiming.intervalMs)
    .describe(`time between questions (default: ${formatDuration(usualTiming.intervalMs)})`),
  rise: count
    .default(usualTiming.rise)
    .describe(`good answers in a row that pass (default: ${usualTiming.rise})`),
  fall: count
    .default(usualTiming.fall)
    .describe(`bad answers in a row that fail (default: ${usualTiming.fall})`),
  insecure: z.boolean().default(false).describe('take any certificate'),
  ca: z.string().min(1).optional().describe('file of the authority that certificates are from'),
  serverName: hostName.optional().describe('the name in the certificate (default: the host)'),
});

type Mapping = z.output<typeof mapping>;

/** The fields of the mapping, for what a refusal lists. */
export const checkFields: readonly string[] = Object.keys(mapping.shape);

/**
 * `check` of a plan or config file: as on the command line, or a mapping, for example
 * `{url: "https://{address}/ready", status: 200, body: ok, timeout: 1s, rise: 1, insecure: true}`.
 */
export const checkSchema: z.ZodType<CheckSpec> = z
  .preprocess((value) => (typeof value === 'string' ? { url: value } : value), mapping)
  .transform((fields, context) => {
    const check = parseCheck(fields.url);
    const problem = check.ok ? misplaced(fields, check.value) : undefined;
    if (check.ok && problem === undefined) return withFields(check.value, fields);
    const { what, next } = check.ok ? { what: problem, next: undefined } : check.failure;
    context.addIssue({
      code: 'custom',
      message: next === undefined ? (what ?? '') : `${what}; ${next}`,
      path: problem === undefined ? ['url'] : [],
    });
    return z.NEVER;
  });

/** A field that this kind of check would not heed. */
function misplaced(fields: Mapping, { probe }: CheckSpec): string | undefined {
  const forHttp = ['status', 'body', 'host'] as const;
  const forTls = ['ca', 'serverName'] as const;
  if (probe.kind === 'tcp') {
    const field = [...forHttp, ...forTls].find((name) => fields[name] !== undefined);
    const given = field ?? (fields.insecure ? 'insecure' : undefined);
    return given && `${given} has no meaning for a tcp check, which only connects`;
  }
  if (/^https:/i.test(probe.url)) return undefined;
  const field = forTls.find((name) => fields[name] !== undefined);
  const given = field ?? (fields.insecure ? 'insecure' : undefined);
  return given && `${given} has no meaning for an http:// check; write https://`;
}

function withFields({ probe }: CheckSpec, fields: Mapping): CheckSpec {
  const { timeout: timeoutMs, interval: intervalMs, rise, fall } = fields;
  const timing = { timeoutMs, intervalMs, rise, fall };
  if (probe.kind === 'tcp') return { probe, ...timing };
  const tls: TlsSpec = {
    insecure: fields.insecure,
    ...(fields.ca === undefined ? {} : { caFile: fields.ca }),
    ...(fields.serverName === undefined ? {} : { serverName: fields.serverName }),
  };
  return {
    probe: {
      ...probe,
      tls,
      ...(fields.status === undefined ? {} : { status: fields.status }),
      ...(fields.body === undefined ? {} : { body: fields.body }),
      ...(fields.host === undefined ? {} : { host: fields.host }),
    },
    ...timing,
  };
}
