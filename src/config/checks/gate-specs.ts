import {
  type CommandOption,
  parseCommandWords,
  strangePlaceholder,
} from '../../domain/command-words.ts';
import { type Failure, fail, ok, type Result } from '../../domain/failure.ts';
import {
  type Comparison,
  type GateSpec,
  type StatusRange,
  withoutCredentials,
} from '../../domain/health/gate.ts';
import { fillGateText, gatePlaceholders } from '../../domain/health/gate-placeholders.ts';
import { printable } from '../../domain/printable.ts';
import { holdsCredentials, parseWebUrl } from './web-url.ts';

const commandOption: CommandOption = {
  name: '--gate-command',
  advice: 'Say what to run, e.g. --gate-command "./smoke.sh --quick".',
};
const instead =
  'leave them out, and set the environment variable DRAIN_GATE_AUTHORIZATION to what the Authorization header is to say, such as "Bearer …"';
const httpOption = { name: '--gate-http', example: 'https://status.example.com/ready', instead };
const prometheusExample = '--gate-prometheus "http://prometheus:9090#job:errors:ratio<=0.01"';
const prometheusOption = { name: '--gate-prometheus', example: prometheusExample, instead };

/** The usual status codes that pass; a redirect is none of these, as it is not followed. */
export const usualStatus: readonly StatusRange[] = [{ from: 200, to: 299 }];

/** The value of `--gate-command`: words, never given to a shell. */
export function parseGateCommand(text: string): Result<GateSpec> {
  const words = parseCommandWords(text, commandOption);
  if (!words.ok) return words;
  const strange = strangePlaceholder(words.value, gatePlaceholders);
  if (strange !== undefined) return fail(notFilled('--gate-command', strange));
  return ok({ kind: 'command', words: words.value });
}

/** The value of `--gate-http`: any URL; it passes with a status of 200-299. */
export function parseGateHttp(text: string): Result<GateSpec> {
  const strange = strangePlaceholder([text], gatePlaceholders);
  if (strange !== undefined && !holdsCredentials(text)) {
    return fail(notFilled('--gate-http', strange));
  }
  const url = parseWebUrl(fillGateText(text, anyValues), httpOption);
  if (!url.ok) return url;
  return ok({ kind: 'http', url: text.trim(), status: usualStatus, tls: { insecure: false } });
}

/**
 * The value of `--gate-prometheus`, `URL#QUERY<=N`. PromQL has comparisons and comments of its own,
 * so the URL ends at the first `#`, and the query at the last comparison, which a number follows:
 * `http://p:9090#a > 1 < 5` is the query `a > 1` and the limit `< 5`.
 */
export function parseGatePrometheus(text: string): Result<GateSpec> {
  const at = text.indexOf('#');
  if (at < 0) return refused(withoutCredentials(text), 'has no # between the URL and the query');
  const url = parseWebUrl(text.slice(0, at), prometheusOption);
  if (!url.ok) return url;
  const condition = text.slice(at + 1);
  const { query = '', bound } =
    /^(?<query>.*?)(?<bound>(?:<=|>=|==|!=|<|>)[^<>=!]*)$/is.exec(condition)?.groups ?? {};
  const limit = bound === undefined ? undefined : parseBound(bound);
  if (!limit) return refused(condition, 'does not end with a comparison to a number');
  const checked = parseQuery(query);
  if (!checked.ok) return checked;
  if (checked.value === '') return refused(condition, 'has no query before its comparison');
  return ok({ kind: 'prometheus', url: url.value, query: checked.value, ...limit });
}

/** The URL of a Prometheus alone. */
export const parsePrometheusUrl = (text: string): Result<string> =>
  parseWebUrl(text, prometheusOption);

/** A query with its placeholders, without blanks around it. */
export function parseQuery(text: string): Result<string> {
  const strange = strangePlaceholder([text], gatePlaceholders);
  return strange === undefined ? ok(text.trim()) : fail(notFilled('--gate-prometheus', strange));
}

/** `<= 1.2`: a comparison and its limit. */
export function parseBound(
  text: string,
): { readonly comparison: Comparison; readonly limit: number } | undefined {
  const [, comparison, limit] =
    /^\s*(<=|>=|==|!=|<|>)\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)\s*$/i.exec(text) ?? [];
  if (comparison === undefined || limit === undefined) return undefined;
  return { comparison: comparison as Comparison, limit: Number(limit) };
}

/** Any servers will do to see whether a URL comes of it. */
const anyValues = { new: ['10.0.0.2:80'], old: ['10.0.0.1:80'], service: ['tcp/10.0.0.100:80'] };

/** The gate would be asked with the braces, and fail when servers have moved. */
const notFilled = (option: string, placeholder: string): Failure => ({
  kind: 'usage',
  what: `${option} holds ${placeholder}, which nothing is filled in for`,
  next: 'gates have {new}, {old} and {service}, and each with |regex, such as {new|regex}; a command has DRAIN_FROM, DRAIN_TO and DRAIN_STEP in its environment; --check asks each new server, with {address} and {port}',
});

const refused = (text: string, why: string): Result<never> =>
  fail({
    kind: 'usage',
    what: `--gate-prometheus "${printable(text)}" ${why}`,
    next: `write URL#QUERY and one of <= >= < > == != with a number, like ${prometheusExample}`,
  });
