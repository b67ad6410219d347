import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Caller } from '../domain/actor/caller.ts';
import type { Result } from '../domain/failure.ts';
import type { ApiDeps } from './deps.ts';
import type { ApiRefusal } from './problem.ts';

/** A request that has passed everything that is the same for all: its caller, its words, its role. */
export interface Call {
  readonly caller: Caller;
  /** The parts of the path that have names. */
  readonly path: Readonly<Record<string, string>>;
  /** The query as its schema has read it. */
  readonly query: Readonly<Record<string, unknown>>;
  readonly body: string;
  readonly headers: Headers;
  /** Whether the caller's token is still one: for answers that last. */
  readonly isStillKnown: () => Promise<boolean>;
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
}

/** What is answered: a value as JSON, or a response of its own kind. */
export type Answered = Response | { readonly status: 200 | 202; readonly json: unknown };

export type Handler = (call: Call, deps: ApiDeps) => Promise<Result<Answered, ApiRefusal>>;
