import { STATUS_CODES } from 'node:http';
import { exitCodeOf, type Failure, type FailureKind } from '../domain/failure.ts';
import { printable } from '../domain/printable.ts';
import { adviceText, type CommandContext } from '../domain/rollout/rollout-status.ts';
import type { Problem } from './openapi/schemas.ts';

/** A reason not to do what was asked, for whoever speaks HTTP. */
export interface ApiRefusal {
  readonly status: number;
  /** The failure, and others that were found beside it. */
  readonly failures: readonly [Failure, ...Failure[]];
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

const statuses: Readonly<Record<FailureKind, number>> = {
  usage: 400,
  preflight: 422,
  'drain-timeout': 422,
  gate: 422,
  conflict: 409,
  director: 502,
  unreachable: 502,
  sigint: 503,
  sigterm: 503,
};

/** A failure of the conductor, with the status that its kind has. */
export function refusalOf(...failures: readonly [Failure, ...Failure[]]): ApiRefusal {
  const [{ kind, code }] = failures;
  return { status: code === 'no-such-rollout' ? 404 : statuses[kind], failures };
}

/** A refusal of the API's own. */
export const refuse = (
  status: number,
  failure: Failure,
  headers?: Readonly<Record<string, string>>,
): ApiRefusal => ({ status, failures: [failure], headers });

/** Problem details (RFC 9457), with what, where, next and exit code as the command line has them. */
export function problemOf(
  { status, failures: [first, ...others] }: ApiRefusal,
  commands: CommandContext = {},
): Problem {
  const told = ({ what, where, next }: Failure) => ({
    what: printable(what, 2_000),
    ...(where === undefined ? {} : { where: printable(where, 500) }),
    ...(next === undefined ? {} : { next: adviceText(next, commands) }),
  });
  return {
    type: 'about:blank',
    title: STATUS_CODES[status] ?? 'Error',
    status,
    ...told(first),
    exitCode: exitCodeOf(first.kind),
    ...(others.length > 0 ? { others: others.map(told) } : {}),
  };
}

/** The answer with problem details. */
export const problemResponse = (refusal: ApiRefusal, commands?: CommandContext): Response =>
  new Response(`${JSON.stringify(problemOf(refusal, commands))}\n`, {
    status: refusal.status,
    headers: { 'Content-Type': 'application/problem+json', ...refusal.headers },
  });
