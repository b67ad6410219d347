import { assertNever } from '../domain/assert-never.ts';
import {
  type Comparison,
  conditionText,
  type GateSpec,
  type SideComparison,
  withoutCredentials,
} from '../domain/health/gate.ts';
import type { Gate, GateAnswer, SideConnections } from '../rollout/ports.ts';
import { type HttpGet, httpGet, statusLine } from './http-get.ts';
import { type PrometheusSample, readPrometheusAnswer } from './prometheus-answer.ts';
import { bounded } from './words.ts';

export type PrometheusSpec = Extract<GateSpec, { readonly kind: 'prometheus' }>;

/** Room for thousands of series; a query that gives more was not meant for a gate. */
const mostBodyBytes = 1_000_000;

/** The query of either side; a gate that compares asks both. */
export interface SideQueries {
  readonly new: string;
  readonly old: string;
}

/**
 * Passes when every sample of an instant query, of which there must be one, satisfies the comparison; or
 * what comes of the answers of both sides does.
 */
export function createPrometheusGate(
  spec: PrometheusSpec,
  {
    queries,
    authorization,
  }: { readonly queries: SideQueries; readonly authorization?: string | undefined },
): Gate {
  const ask = (query: string, signal: AbortSignal): Promise<Queried> =>
    askOnce({ url: queryUrl(spec.url, query), mostBodyBytes, authorization }, signal);
  const { compare } = spec;
  return {
    name: `gate-prometheus ${bounded(`${withoutCredentials(spec.url)}#${conditionText(spec)}`)}`,
    kind: 'prometheus',
    async ask(about, signal) {
      if (!compare) {
        const queried = await ask(queries.new, signal);
        return queried.kind === 'samples' ? judge(queried.samples, spec) : queried.answer;
      }
      const few = tooFew(compare, about.connections);
      if (few !== undefined) return nothing(few);
      const [fresh, old] = await Promise.all([ask(queries.new, signal), ask(queries.old, signal)]);
      if (fresh.kind !== 'samples') return fresh.answer;
      if (old.kind !== 'samples') return old.answer;
      return judgeSides({ spec, compare }, fresh.samples, old.samples);
    },
  };
}

type Queried =
  | { readonly kind: 'samples'; readonly samples: readonly PrometheusSample[] }
  | { readonly kind: 'none'; readonly answer: GateAnswer };

async function askOnce(get: HttpGet, signal: AbortSignal): Promise<Queried> {
  const answer = await httpGet(get, signal);
  const none = (detail: string, noData?: GateAnswer['noData']): Queried => ({
    kind: 'none',
    answer: { passed: false, detail: bounded(detail), ...(noData ? { noData } : {}) },
  });
  if (answer.kind === 'failed') return none(answer.detail, 'no-answer');
  const line = statusLine(answer);
  const { status, body, isWholeBody } = answer;
  // Away for a while: restarted, behind a proxy that does not reach it, or asked by too many.
  const isAway = status >= 500 || status === 429;
  if (!isWholeBody) return none(`${line}, but the answer is larger than 1 MB`);
  const samples = readPrometheusAnswer(body);
  if (!samples.ok) return none(`${line}: ${samples.failure}`, isAway ? 'no-answer' : undefined);
  if (isAway) return none(line, 'no-answer');
  return status === 200 ? { kind: 'samples', samples: samples.value } : none(line);
}

function queryUrl(base: string, query: string): URL {
  const url = new URL(base);
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/api/v1/query`;
  url.searchParams.append('query', query);
  return url;
}

const nothing = (detail: string): GateAnswer => ({
  passed: false,
  noData: 'empty',
  detail: bounded(detail),
});

const noSeries = 'the query gave nothing: no series matches it';

function judge(samples: readonly PrometheusSample[], spec: PrometheusSpec): GateAnswer {
  const { comparison, limit } = spec;
  const [first, ...others] = samples;
  if (first === undefined) return nothing(noSeries);
  const bad = samples.filter(
    ({ value }) => !Number.isNaN(value) && !satisfies(value, comparison, limit),
  );
  const worst = bad[0] ?? samples.find(({ value }) => Number.isNaN(value));
  if (worst === undefined) {
    const detail = others.length === 0 ? `${first.value}` : `all ${samples.length} samples`;
    return { passed: true, detail: `${detail} ${comparison} ${limit}` };
  }
  const labels = worst.labels === '' ? '' : ` (${worst.labels})`;
  if (bad.length === 0) return nothing(`the query gave no number: NaN${labels}`);
  const share = others.length === 0 ? '' : `${bad.length} of ${samples.length} samples: `;
  const detail = `${share}${worst.value} is not ${comparison} ${limit}${labels}`;
  return { passed: false, detail: bounded(detail) };
}

/** Too few connections on a side to compare it, in words. */
function tooFew(
  { minimum = 0 }: SideComparison,
  connections: SideConnections = { new: 0, old: 0 },
): string | undefined {
  return Math.min(connections.new, connections.old) < minimum
    ? `each side needs ${minimum} connections first: the new servers have got ${connections.new}, the old ones ${connections.old}`
    : undefined;
}

interface Compared {
  readonly spec: PrometheusSpec;
  readonly compare: SideComparison;
}

function judgeSides(
  { spec: { comparison, limit }, compare }: Compared,
  ...sides: readonly [fresh: readonly PrometheusSample[], old: readonly PrometheusSample[]]
): GateAnswer {
  const [fresh, old] = sides.map(([first]) => first?.value);
  for (const [index, samples] of sides.entries()) {
    const side = `of the ${index === 0 ? 'new' : 'old'} servers`;
    if (samples.length === 0) return nothing(`${side}: ${noSeries}`);
    if (samples.length > 1) {
      const detail = `${side} the query gave ${samples.length} samples, and one is compared: put sum() or avg() around it`;
      return { passed: false, detail };
    }
  }
  if (fresh === undefined || old === undefined || Number.isNaN(fresh + old)) {
    return nothing(`the query gave no number: new ${fresh}, old ${old}`);
  }
  const by = { ratio: 'new/old', difference: 'new-old' }[compare.by];
  const value = compare.by === 'ratio' ? ratio(fresh, old) : fresh - old;
  const passed = satisfies(value, comparison, limit);
  const found = `${by} ${rounded(value)} (new ${rounded(fresh)}, old ${rounded(old)})`;
  return { passed, detail: `${found} ${passed ? '' : 'is not '}${comparison} ${limit}` };
}

/** The ratio of two sides, which are alike where both are 0. */
const ratio = (fresh: number, old: number): number => (fresh === old ? 1 : fresh / old);

const rounded = (value: number): number => Number(value.toPrecision(4));

/** Compares a value; NaN, which a division by nothing gives, satisfies no comparison. */
function satisfies(value: number, comparison: Comparison, limit: number): boolean {
  if (Number.isNaN(value)) return false;
  switch (comparison) {
    case '<':
      return value < limit;
    case '<=':
      return value <= limit;
    case '>':
      return value > limit;
    case '>=':
      return value >= limit;
    case '==':
      return value === limit;
    case '!=':
      return value !== limit;
    default:
      return assertNever(comparison);
  }
}
