import * as z from 'zod';
import { fail, ok, type Result } from '../domain/failure.ts';

/** A value of a query's result, with the labels that tell the value from the others. */
export interface PrometheusSample {
  readonly labels: string;
  readonly value: number;
}

/** A time, and a number as text, because JSON has no NaN and no infinity. */
const point = z.tuple([z.number(), z.string()]);

/**
 * The schema:
 * https://prometheus.io/docs/prometheus/latest/querying/api/#expression-query-result-formats
 */
const schema = z.discriminatedUnion('status', [
  z.object({ status: z.literal('error'), errorType: z.string(), error: z.string() }),
  z.object({
    status: z.literal('success'),
    data: z.discriminatedUnion('resultType', [
      z.object({ resultType: z.literal('scalar'), result: point }),
      z.object({
        resultType: z.literal('vector'),
        result: z.array(
          z.object({
            metric: z.record(z.string(), z.string()),
            value: point.optional(),
          }),
        ),
      }),
      z.object({ resultType: z.enum(['matrix', 'string']) }),
    ]),
  }),
]);

/** The samples of an answer to an instant query, or in words why there are none. */
export function readPrometheusAnswer(body: string): Result<readonly PrometheusSample[], string> {
  const checked = schema.safeParse(parseJson(body));
  if (!checked.success) return fail('it does not answer like Prometheus');
  const answer = checked.data;
  if (answer.status === 'error') return fail(`${answer.errorType}: ${answer.error}`);
  const { data } = answer;
  switch (data.resultType) {
    case 'scalar':
      return ok([{ labels: '', value: toNumber(data.result[1]) }]);
    case 'vector':
      // Without a value it is a native histogram, which no number can be compared with.
      return ok(
        data.result.map(({ metric, value }) => ({
          labels: formatLabels(metric),
          value: value === undefined ? Number.NaN : toNumber(value[1]),
        })),
      );
    default:
      return fail(`the query gives a ${data.resultType}, and a vector or scalar is needed`);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Reads a number as Go prints it: infinities are `+Inf` and `-Inf`. */
const toNumber = (text: string): number =>
  text === '' ? Number.NaN : Number(text.replace(/^([+-]?)Inf$/, '$1Infinity'));

function formatLabels(metric: Readonly<Record<string, string>>): string {
  const { __name__: name = '', ...labels } = metric;
  const pairs = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  return pairs.length === 0 ? name : `${name}{${pairs.join(', ')}}`;
}
