import type { ApiFailure, ApiFailureCode } from '../kube/kube-ports.ts';

/** What a request asks for, in the words of RBAC. */
export interface Asked {
  readonly verb: string;
  readonly resource: string;
}

/** A longer message is cut: it is a sentence, or nobody reads it. */
const longestMessage = 1_000;

/** The failure that an answer other than 2xx is, with the server's own words where it has some. */
export function answeredFailure(
  asked: Asked,
  answer: {
    readonly status: number;
    readonly body: string;
    readonly retryAfter?: string | undefined;
  },
): ApiFailure {
  const { status, body, retryAfter } = answer;
  const { text, tag } = statusIn(body);
  const seconds = Number(retryAfter);
  return {
    ...{ verb: asked.verb, resource: asked.resource, status },
    code: codeOf(status, tag),
    message: (text ?? `the API server answered ${status}`).slice(0, longestMessage),
    retryAfterMs: retryAfter !== undefined && seconds >= 0 ? seconds * 1_000 : undefined,
  };
}

/** The failure that an `ERROR` of a watch is: its object is a `Status`. */
export function statusFailure(asked: Asked, object: unknown): ApiFailure {
  const { code } = object as { readonly code?: unknown };
  const status = typeof code === 'number' ? code : 500;
  return answeredFailure(asked, { status, body: JSON.stringify(object) });
}

export const failureOf = (asked: Asked, code: ApiFailureCode, message: string): ApiFailure => ({
  ...{ code, verb: asked.verb, resource: asked.resource },
  message: message.slice(0, longestMessage),
});

function codeOf(status: number, tag: string | undefined): ApiFailureCode {
  if (status === 401) return 'unauthorized';
  if (status === 403) return 'forbidden';
  if (status === 404) return 'not-found';
  if (status === 409) return tag === 'AlreadyExists' ? 'already-exists' : 'conflict';
  if (status === 410) return 'gone';
  if (status === 429 || status >= 500) return 'busy';
  return 'invalid';
}

/** The sentence of a `Status`, and its tag, `AlreadyExists`. */
function statusIn(body: string): { readonly text?: string; readonly tag?: string } {
  try {
    const { message: text, reason: tag } = JSON.parse(body) as Readonly<Record<string, unknown>>;
    return {
      ...(typeof text === 'string' && text !== '' ? { text } : {}),
      ...(typeof tag === 'string' ? { tag } : {}),
    };
  } catch {
    return {};
  }
}
