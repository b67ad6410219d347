import * as z from 'zod';
import { atPlace, type Failure, fail, ok, type Result } from '../../domain/failure.ts';
import type { CheckSpec } from '../../domain/health/gate.ts';
import { printable } from '../../domain/printable.ts';
import { readYaml, type YamlSource } from '../../files/yaml-source.ts';
import { gateFieldsAt } from '../checks/gate-fields.ts';
import { windowFields } from '../checks/windows-schema.ts';
import { checkYaml } from '../files/checked-file.ts';
import { moveFields, optionFields } from '../options/option-fields.ts';
import type { GivenOption, GivenOptions, OptionName } from '../options/options.ts';

const flag = (help: string) =>
  z
    .boolean()
    .transform((on) => ({ values: [String(on)] }))
    .optional()
    .describe(help);
const own = {
  accept: flag('take a table that somebody else has changed as it is'),
  force: flag('past what is refused; takes the role start'),
  checkTimeout: z
    .string()
    .transform((text) => ({ values: [text] }))
    .optional()
    .describe('how long a server may take to pass its check before it gets weight (default: 60s)'),
};

/**
 * What bodies of requests may say: never a command, a file or a place of the server's machine, and no address but
 * those of real servers. Gates, recipients of notices and ways to directors are those of its config file.
 */
const names = {
  plan: [
    ...[
      'from',
      'to',
      'add',
      'weights',
      'over',
      'every',
      'curve',
      'steps',
      'until',
      'at',
      'service',
    ],
    ...[
      'weight',
      'setScheduler',
      'restoreScheduler',
      'drainTimeout',
      'settle',
      'poll',
      'onTimeout',
    ],
    ...['onFailure', 'onInterrupt', 'keep', 'check', 'noCheck', 'noIpvsGate', 'director', 'quorum'],
    ...['allowDifferences', 'windows', 'reason'],
  ],
  out: [
    ...[
      'over',
      'every',
      'curve',
      'steps',
      'service',
      'poll',
      'drainTimeout',
      'settle',
      'onTimeout',
    ],
    ...['onInterrupt', 'director', 'quorum', 'allowDifferences', 'reason', 'force'],
  ],
  in: [
    ...['over', 'every', 'curve', 'steps', 'service', 'poll', 'weight', 'check', 'checkTimeout'],
    ...['onFailure', 'onInterrupt', 'director', 'quorum', 'allowDifferences', 'reason', 'force'],
  ],
  resume: ['over', 'until', 'drainTimeout', 'settle', 'onTimeout', 'accept', 'force', 'reason'],
  rollback: ['over', 'every', 'drainTimeout', 'settle', 'onTimeout', 'accept', 'force', 'reason'],
  reason: ['reason'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type BodyKind = keyof typeof names;

const every: Readonly<Record<string, z.ZodType>> = { ...optionFields, ...moveFields, ...own };

const schemaOf = (kind: BodyKind): z.ZodObject =>
  z.strictObject(Object.fromEntries(names[kind].map((name) => [name, every[name] ?? z.never()])));

/** The schemas of bodies, by what they are of. */
export const bodySchemas: Readonly<Record<BodyKind, z.ZodObject>> = {
  plan: schemaOf('plan'),
  out: schemaOf('out'),
  in: schemaOf('in'),
  resume: schemaOf('resume'),
  rollback: schemaOf('rollback'),
  reason: schemaOf('reason'),
};

const whole = 'body';

/** The options that a body gives, as a plan file does; no body is one without options. */
export function readBody(kind: BodyKind, text: string): Result<GivenOptions> {
  const json = readJson(text);
  if (!json.ok) return json;
  const allowed: readonly string[] = names[kind];
  const checked = checkYaml(json.value, whole, bodySchemas[kind], (path) =>
    path.includes('windows') ? windowFields : (gateFieldsAt(path) ?? allowed),
  );
  if (!checked.ok) return checked;
  const { source, value } = checked.value;
  const given = new Map<OptionName, GivenOption>();
  for (const [name, field] of Object.entries(value)) {
    if (field === undefined) continue;
    const place = atPlace(source.locate([name]), name);
    const read = field as Omit<GivenOption, 'where' | 'layer'>;
    given.set(name as OptionName, { ...read, ...place, layer: 'plan-file', section: whole });
  }
  const foreign = foreignIn(given, source);
  return foreign ? fail(foreign) : ok(given);
}

/** The text as it can be read for places too; a JSON whose layout is no YAML is laid out anew. */
function readJson(text: string): Result<string> {
  if (text.trim() === '') return ok('{}');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return fail({
      kind: 'usage',
      what: `the body is no JSON: ${printable(why, 200)}`,
      where: whole,
      next: 'send an object with the fields of a plan file',
    });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const next = 'send an object with the fields of a plan file';
    return fail({ kind: 'usage', what: 'the body is no object', where: whole, next });
  }
  return ok(readYaml(text, whole).ok ? text : JSON.stringify(value, undefined, 2));
}

/** What would make the server ask an address, run a command or read a file that a request names. */
function foreignIn(given: GivenOptions, source: YamlSource): Failure | undefined {
  const refuse = (name: string, what: string, next: string): Failure => ({
    kind: 'usage',
    what,
    ...atPlace(source.locate([name]), name),
    next,
  });
  const check = given.get('check');
  if (check && !asksServers(check)) {
    return refuse(
      'check',
      'a check of a request asks the real servers themselves, and names no file',
      'write it as tcp or http://{address}:{port}/PATH, or under defaults in the config file of the server',
    );
  }
  if (given.get('steps')?.stops?.some(({ gates = [] }) => gates.length > 0)) {
    return refuse(
      'steps',
      'gates are not taken from a request',
      'write them under defaults in the config file of the server',
    );
  }
  return undefined;
}

function asksServers({ check, values }: GivenOption): boolean {
  const url = check ? urlOf(check) : (values.at(-1) ?? '');
  if (check?.probe.kind === 'http' && check.probe.tls.caFile !== undefined) return false;
  return url === 'tcp' || /^https?:\/\/\{address\}(?::(?:\{port\}|\d{1,5}))?(?:[/?]|$)/i.test(url);
}

const urlOf = ({ probe }: CheckSpec): string => (probe.kind === 'tcp' ? 'tcp' : probe.url);
