import { assertNever } from '../domain/assert-never.ts';
import { type Comparison, type GateSpec, withoutCredentials } from '../domain/health/gate.ts';
import type { Gate, GateAnswer } from '../rollout/ports.ts';
import { httpGet, statusLine } from './http-get.ts';
import { type PrometheusSample, readPrometheusAnswer } from './prometheus-answer.ts';
import { bounded } from './words.ts';

export type PrometheusSpec = Extract<GateSpec, { readonly kind: 'prometheus' }>;

/** Room for thousands of series; a query that gives more was not meant for a gate. */
const mostBodyBytes = 1_000_000;

/** Passes when every sample of an instant query, of which there must be one, satisfies the comparison. */
export function createPrometheusGate(spec: PrometheusSpec, authorization?: string): Gate {
  const get = {
    url: queryUrl(spec.url, spec.query),
    mostBodyBytes,
    authorization,
  };
  const condition = `${spec.query}${spec.comparison}${spec.limit}`;
  return {
    name: `gate-prometheus ${bounded(`${withoutCredentials(spec.url)}#${condition}`)}`,
    kind: 'prometheus',
    async ask(_about, signal) {
      const answer = await httpGet(get, signal);
      if (answer.kind === 'failed') return { passed: false, detail: answer.detail };
      const line = statusLine(answer);
      const { status, body, isWholeBody } = answer;
      const failed = (why: string): GateAnswer => ({ passed: false, detail: bounded(why) });
      if (!isWholeBody) return failed(`${line}, but the answer is larger than 1 MB`);
      const samples = readPrometheusAnswer(body);
      if (!samples.ok) return failed(`${line}: ${samples.failure}`);
      if (status !== 200) return failed(line);
      return judge(samples.value, spec);
    },
  };
}

function queryUrl(base: string, query: string): URL {
  const url = new URL(base);
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/api/v1/query`;
  url.searchParams.append('query', query);
  return url;
}

function judge(samples: readonly PrometheusSample[], spec: PrometheusSpec): GateAnswer {
  const { comparison, limit } = spec;
  const bad = samples.filter(({ value }) => !satisfies(value, comparison, limit));
  const [first, ...others] = samples;
  if (first === undefined) {
    return { passed: false, detail: 'the query gave nothing: no series matches it' };
  }
  const worst = bad[0];
  if (worst === undefined) {
    const detail = others.length === 0 ? `${first.value}` : `all ${samples.length} samples`;
    return { passed: true, detail: `${detail} ${comparison} ${limit}` };
  }
  const share = others.length === 0 ? '' : `${bad.length} of ${samples.length} samples: `;
  const labels = worst.labels === '' ? '' : ` (${worst.labels})`;
  const detail = `${share}${worst.value} is not ${comparison} ${limit}${labels}`;
  return { passed: false, detail: bounded(detail) };
}

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
