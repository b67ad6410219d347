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
import { printable } from '../../domain/printable.ts';
import { parseWebUrl } from './web-url.ts';

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
  const strange = strangePlaceholder(words.value, []);
  if (strange !== undefined) return fail(notFilled('--gate-command', strange));
  return ok({ kind: 'command', words: words.value });
}

/** The value of `--gate-http`: any URL; it passes with a status of 200-299. */
export function parseGateHttp(text: string): Result<GateSpec> {
  const url = parseWebUrl(text, httpOption);
  if (!url.ok) return url;
  const strange = strangePlaceholder([text], []);
  if (strange !== undefined) return fail(notFilled('--gate-http', strange));
  return ok({ kind: 'http', url: url.value, status: usualStatus, tls: { insecure: false } });
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
  const [, query = '', comparison, limit] =
    /^(.*)(<=|>=|==|!=|<|>)\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)\s*$/is.exec(condition) ?? [];
  if (comparison === undefined || limit === undefined) {
    return refused(condition, 'does not end with a comparison to a number');
  }
  const strange = strangePlaceholder([query], []);
  if (strange !== undefined) return fail(notFilled('--gate-prometheus', strange));
  if (query.trim() === '') return refused(condition, 'has no query before its comparison');
  return ok({
    kind: 'prometheus',
    url: url.value,
    query: query.trim(),
    comparison: comparison as Comparison,
    limit: Number(limit),
  });
}

/** Nothing is filled in: the gate would be asked with the braces, and fail when servers have moved. */
const notFilled = (option: string, placeholder: string): Failure => ({
  kind: 'usage',
  what: `${option} holds ${placeholder}, which nothing is filled in for`,
  next: 'a gate is about the whole rollout, and a command has DRAIN_FROM, DRAIN_TO and DRAIN_STEP in its environment; --check asks each new server, with {address} and {port}',
});

const refused = (text: string, why: string): Result<never> =>
  fail({
    kind: 'usage',
    what: `--gate-prometheus "${printable(text)}" ${why}`,
    next: `write URL#QUERY and one of <= >= < > == != with a number, like ${prometheusExample}`,
  });
