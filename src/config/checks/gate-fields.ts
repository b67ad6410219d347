import * as z from 'zod';
import { parseDuration } from '../../domain/duration.ts';
import { type Failure, ok, type Result } from '../../domain/failure.ts';
import {
  type GateBeginning,
  type GateSpec,
  type GateTerms,
  noDataActions,
} from '../../domain/health/gate.ts';
import {
  parseBound,
  parseGateCommand,
  parseGateHttp,
  parseGatePrometheus,
  parsePrometheusUrl,
  parseQuery,
} from './gate-specs.ts';
import { periodOf } from './period.ts';

const period = periodOf(1, '15s');
const count = z.int('a whole number is needed').min(1).max(100);

const failures = z
  .strictObject({
    of: count.describe('so many of the last answers are looked at'),
    allowed: z.int('a whole number is needed').min(0).max(99).describe('so many may be bad'),
  })
  .refine(({ of, allowed }) => allowed < of, 'allowed has to be less than of');

const connections = z.strictObject({
  connections: z.int('a whole number is needed').min(1),
});

/** Connections or a duration: not a union, which would hide what is wrong inside. */
const after = z
  .unknown()
  .transform((value, context): GateBeginning => {
    if (typeof value === 'string') {
      const ms = parseDuration(value);
      if (ms !== undefined && ms > 0) return { kind: 'time', ms };
    }
    const checked = connections.safeParse(value);
    if (checked.success) return { kind: 'connections', ...checked.data };
    const message = 'write a duration such as 5m, or {connections: 100}';
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  })
  .describe(
    'asked from then on: a duration, or {connections: N} that the new servers have got in this rollout',
  );

const terms = {
  every: period.optional().describe('time from question to question, during a step as well'),
  failures: failures
    .optional()
    .describe('how many of the last answers may be bad (default: one, two in a row fail)'),
  after: after.optional(),
  noData: z
    .enum(noDataActions)
    .optional()
    .describe('what an answer that says nothing means: wait, pass or fail (default: wait)'),
  onFailure: z
    .enum(['rollback', 'hold', 'report'])
    .optional()
    .describe("what a failure of this gate does (default: the rollout's onFailure)"),
};

const command = z.strictObject({
  command: z.string().describe('split into words, never given to a shell'),
  ...terms,
});

const http = z.strictObject({ url: z.string().describe('must answer 200 to 299'), ...terms });

const compare = z.strictObject({
  newOverOld: z.string().optional().describe('bound of new divided by old, such as "<= 1.2"'),
  newMinusOld: z.string().optional().describe('bound of new less old, such as "<= 0.01"'),
  minimum: z
    .int('a whole number is needed')
    .min(1)
    .optional()
    .describe('connections that each side needs to have got in this rollout'),
});

const prometheus = z.strictObject({
  url: z.string().describe('the server, or URL#QUERY<=N as on the command line'),
  query: z.string().optional().describe('a query in PromQL'),
  limit: z.string().optional().describe('the bound of every sample, such as "<= 0.01"'),
  compare: compare
    .optional()
    .describe('asks the query with {new} and with the old servers in its place'),
  ...terms,
});

type Parsed = Result<GateSpec>;

/** Gates of one kind: each a text as on the command line, or a mapping with terms. */
function gatesOf<T extends GivenTerms>(
  mapping: z.ZodType<T>,
  { head, parse }: { readonly head: string; readonly parse: (given: T) => Parsed },
) {
  const one = z
    .preprocess((value) => (typeof value === 'string' ? { [head]: value } : value), mapping)
    .transform((given, context): GateSpec => {
      const parsed = parse(given);
      if (parsed.ok) return { ...parsed.value, ...termsOf(given) };
      const { what, next } = parsed.failure as Pick<Failure, 'what' | 'next'>;
      context.addIssue({ code: 'custom', message: next ? `${what}; ${next}` : what });
      return z.NEVER;
    });
  return z
    .preprocess((gates) => (Array.isArray(gates) ? gates : [gates]), z.array(one).min(1))
    .transform((gates): readonly GateSpec[] => gates);
}

interface GivenTerms {
  readonly every?: number | undefined;
  readonly failures?: GateTerms['failures'] | undefined;
  readonly after?: GateBeginning | undefined;
  readonly noData?: GateTerms['noData'] | undefined;
  readonly onFailure?: GateTerms['onFailure'] | undefined;
}

const termsOf = ({
  every,
  failures: some,
  after: begin,
  noData,
  onFailure,
}: GivenTerms): GateTerms => ({
  ...(every === undefined ? {} : { everyMs: every }),
  ...(some ? { failures: some } : {}),
  ...(begin ? { after: begin } : {}),
  ...(noData ? { noData } : {}),
  ...(onFailure ? { onFailure } : {}),
});

const wrong = (what: string): Parsed => ({ ok: false, failure: { kind: 'usage', what } });

function parsePrometheus({
  url,
  query,
  limit,
  compare: sides,
}: z.output<typeof prometheus>): Parsed {
  if (!sides && query === undefined) {
    return limit === undefined
      ? parseGatePrometheus(url)
      : wrong('limit is the bound of a query, and there is none; write query as well');
  }
  const at = url.indexOf('#');
  if (at >= 0 && query !== undefined)
    return wrong('the query stands here twice, behind # and as query');
  const base = parsePrometheusUrl(at < 0 ? url : url.slice(0, at));
  if (!base.ok) return base;
  const asked = parseQuery(query ?? (at < 0 ? '' : url.slice(at + 1)));
  if (!asked.ok) return asked;
  if (asked.value === '') return wrong('there is no query');
  const gate = { kind: 'prometheus', url: base.value, query: asked.value } as const;
  if (sides) return withSides(gate, sides, limit);
  const bound = parseBound(limit ?? '');
  return bound
    ? ok({ ...gate, ...bound })
    : wrong('limit is needed: one of <= >= < > == != with a number, such as "<= 0.01"');
}

function withSides(
  gate: { readonly kind: 'prometheus'; readonly url: string; readonly query: string },
  { newOverOld, newMinusOld, minimum }: z.output<typeof compare>,
  limit: string | undefined,
): Parsed {
  if (limit !== undefined)
    return wrong('limit and compare stand here both; the bound is in compare');
  if ((newOverOld === undefined) === (newMinusOld === undefined)) {
    return wrong('compare needs newOverOld or newMinusOld, one of them');
  }
  const bound = parseBound(newOverOld ?? newMinusOld ?? '');
  if (!bound) {
    return wrong(
      'compare needs one of <= >= < > == != with a number, such as newOverOld: "<= 1.2"',
    );
  }
  const { query } = gate;
  if (!/\{new(\|regex)?\}/.test(query) || /\{old(\|regex)?\}/.test(query)) {
    return wrong(
      'a query that is asked of both sides names the servers of a side as {new} or {new|regex}, and for the other side these are the old ones',
    );
  }
  const by = newOverOld === undefined ? 'difference' : 'ratio';
  const compared = { by, ...(minimum === undefined ? {} : { minimum }) } as const;
  return ok({ ...gate, ...bound, compare: compared });
}

/** Gates by their kind, as plan and config files have them. */
export const gateFields = {
  command: gatesOf(command, { head: 'command', parse: (given) => parseGateCommand(given.command) }),
  http: gatesOf(http, { head: 'url', parse: (given) => parseGateHttp(given.url) }),
  prometheus: gatesOf(prometheus, { head: 'url', parse: parsePrometheus }),
} as const;

/** The fields of a gate at a path of a file, for what a refusal lists; `undefined` elsewhere. */
export function gateFieldsAt(path: readonly PropertyKey[]): readonly string[] | undefined {
  const names = path.map(String);
  if (names.includes('failures')) return Object.keys(failures.shape);
  if (names.includes('compare')) return Object.keys(compare.shape);
  const [kind] = names.flatMap((name) => kindsByField.get(name) ?? []);
  return kind && Object.keys(kind.shape);
}

const kindsByField = new Map<string, { readonly shape: object }>([
  ['gateCommand', command],
  ['gateHttp', http],
  ['gatePrometheus', prometheus],
  ['command', command],
  ['http', http],
  ['prometheus', prometheus],
]);
