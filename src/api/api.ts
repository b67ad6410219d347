import type { IncomingMessage, ServerResponse } from 'node:http';
import { getRequestListener, type HttpBindings } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { Caller } from '../domain/actor/caller.ts';
import { isUnlimited } from '../domain/actor/caller.ts';
import { type Failure, fail, ok, type Result } from '../domain/failure.ts';
import { printable } from '../domain/printable.ts';
import { beyondRole } from './access/limits.ts';
import { answerHeaders } from './answer-headers.ts';
import type { Answered, Call, Handler } from './call.ts';
import type { ApiDeps } from './deps.ts';
import { openApiDocument } from './openapi/document.ts';
import { type Operation, type OperationId, operations } from './openapi/operations.ts';
import { type ApiRefusal, problemResponse, refuse } from './problem.ts';
import { createRefusalLog } from './refusal-log.ts';
import {
  postAbandon,
  postContinue,
  postPause,
  postPromote,
  postResume,
  postRollback,
} from './routes/acts.ts';
import { getEvents } from './routes/events.ts';
import { getRollout, getRollouts } from './routes/rollouts.ts';
import { postIn, postOut } from './routes/servers.ts';
import { postPlan, postRollouts } from './routes/start.ts';
import { getServices, getTable } from './routes/table.ts';

/** The control API, to be put beside the other paths of a server. */
export interface Api {
  answer(request: IncomingMessage, response: ServerResponse): Promise<void>;
  isReader(authorization: string | undefined): Promise<boolean>;
  /** Rejects where something that goes on here has a bug; never resolves. */
  readonly broken: Promise<never>;
  close(): Promise<void>;
}

/** A body of more than this is no plan. */
const mostBytes = 262_144;

const handlers: Readonly<Record<OperationId, Handler>> = {
  getTable,
  getServices,
  getRollouts,
  getRollout,
  getEvents,
  postPlan,
  postRollouts,
  postPause,
  postContinue,
  postPromote,
  postResume,
  postRollback,
  postAbandon,
  postOut,
  postIn,
  getOpenApi: async () => ok({ status: 200, json: openApiDocument() }),
};

type Env = { readonly Bindings: HttpBindings };

/** Creates the control API: what is asked for is checked here, once for every operation, before a handler sees it. */
export function createApi(deps: ApiDeps, goingOn: Promise<void>): Api {
  const app = new Hono<Env>();
  const log = createRefusalLog(deps.tell);
  const refused = (context: Context<Env>, refusal: ApiRefusal, caller?: Caller): Response => {
    log({ refusal, caller, request: context.req, from: context.env.incoming.socket.remoteAddress });
    return problemResponse(refusal);
  };

  app.use(async (context, next) => {
    await next();
    for (const [name, value] of Object.entries(answerHeaders)) context.header(name, value);
  });
  app.use(
    bodyLimit({
      maxSize: mostBytes,
      onError: (context) => refused(context as Context<Env>, tooLarge),
    }),
  );
  for (const [id, operation] of Object.entries<Operation>(operations)) {
    const path = operation.path.replaceAll(/\{(\w+)\}/g, ':$1');
    app.on(operation.method.toUpperCase(), path, async (context) => {
      const checked = await check(context, operation, deps);
      if (!checked.ok) return refused(context, checked.failure.refusal, checked.failure.caller);
      const call = checked.value;
      const answered = await handlers[id as OperationId](call, deps);
      if (!answered.ok) return refused(context, answered.failure, call.caller);
      return responseOf(context, answered.value);
    });
  }
  app.notFound((context) => refused(context, await404(context)));
  app.onError((error, context) => {
    const { incoming } = context.env;
    // Whoever asked has gone, or took too long.
    if (incoming.destroyed && !incoming.complete) return problemResponse(brokenOff);
    deps.tell(`a bug: ${printable(error.stack ?? error.message, 4_000)}`);
    return refused(context, bug);
  });

  const listener = getRequestListener((request, bindings) =>
    app.fetch(request, bindings as HttpBindings),
  );
  return {
    answer: (request, response) => Promise.resolve(listener(request, response)),
    async isReader(authorization) {
      const caller = await callerOf(authorization, deps);
      return caller.ok && isUnlimited(caller.value);
    },
    broken: Promise.race([deps.runs.broken, goingOn.then(() => new Promise<never>(() => {}))]),
    async close() {
      await Promise.all([deps.runs.settled(), goingOn]);
      await deps.feeds.close();
    },
  };
}

interface Unchecked {
  readonly refusal: ApiRefusal;
  readonly caller?: Caller | undefined;
}

/** Everything that a request has to pass, in the order in which nothing is told to whoever may not know it. */
async function check(
  { req, env }: Context<Env>,
  operation: Operation,
  deps: ApiDeps,
): Promise<Result<Call, Unchecked>> {
  const foreign = foreignOrigin(req.raw.headers);
  if (foreign) return fail({ refusal: foreign });
  const authorization = req.header('authorization');
  const known = await callerOf(authorization, deps);
  if (!known.ok) return fail({ refusal: known.failure });
  const caller = known.value;
  const beyond = beyondRole(caller, operation.role);
  if (beyond) return fail({ refusal: refuse(403, beyond), caller });
  const query = queryOf(req.queries(), operation);
  if (!query.ok) return fail({ refusal: refuse(400, query.failure), caller });
  if (operation.method === 'post' && !isJson(req.header('content-type'))) {
    return fail({ refusal: noJson, caller });
  }
  return ok({
    caller,
    path: req.param(),
    query: query.value,
    body: operation.method === 'post' ? await req.text() : '',
    headers: req.raw.headers,
    isStillKnown: async () => (await callerOf(authorization, deps)).ok,
    incoming: env.incoming,
    outgoing: env.outgoing,
  });
}

async function callerOf(
  authorization: string | undefined,
  { tokens }: Pick<ApiDeps, 'tokens'>,
): Promise<Result<Caller, ApiRefusal>> {
  const [, token] = /^Bearer +([\x21-\x7e]{1,512}) *$/i.exec(authorization ?? '') ?? [];
  if (token === undefined)
    return fail(unknown('there is no token', 'send one as Authorization: Bearer'));
  const caller = await tokens.callerOf(token);
  if (!caller.ok) {
    const what = 'the tokens file of the server is of no use, so nobody is known';
    const next = 'its operator reads why in the log of drain serve';
    return fail(refuse(503, { kind: 'preflight', what, next }));
  }
  if (caller.value === 'unknown')
    return fail(unknown('nobody has this token', 'have it written into the tokens file'));
  if (caller.value === 'expired')
    return fail(unknown('the token has expired', 'use one that is valid'));
  return ok(caller.value);
}

const unknown = (what: string, next: string): ApiRefusal =>
  refuse(401, { kind: 'preflight', what, next }, { 'WWW-Authenticate': 'Bearer realm="drain"' });

/** A page of elsewhere has no token; its requests are refused before anybody looks for one. */
function foreignOrigin(headers: Headers): ApiRefusal | undefined {
  const origin = headers.get('origin');
  const isOwn =
    origin === null || (URL.canParse(origin) && new URL(origin).host === headers.get('host'));
  if (isOwn && headers.get('sec-fetch-site') !== 'cross-site') return undefined;
  return refuse(403, {
    kind: 'preflight',
    what: 'a page of elsewhere asks',
    next: 'ask from a program, or from the page of this server',
  });
}

/** The query as the operation's schema reads it; a name that it does not know is refused. */
function queryOf(
  queries: Readonly<Record<string, readonly string[]>>,
  { query }: Operation,
): Result<Readonly<Record<string, unknown>>> {
  const given = Object.fromEntries(
    Object.entries(queries).map(([name, values]) => [
      name,
      values.length === 1 ? values[0] : values,
    ]),
  );
  const known = Object.keys(query?.shape ?? {});
  const stray = Object.keys(given).find((name) => !known.includes(name));
  if (stray !== undefined) {
    const next = known.length > 0 ? `there are ${known.join(', ')}` : 'leave it out';
    return fail({
      kind: 'usage',
      what: `the query has no "${printable(stray)}"`,
      where: 'query',
      next,
    });
  }
  if (!query) return ok({});
  const read = query.safeParse(given);
  if (read.success) return ok(read.data);
  const [issue] = read.error.issues;
  const name = issue?.path.join('.') ?? '';
  const failure: Failure = {
    kind: 'usage',
    what: `${name}: ${issue?.message ?? 'not as expected'}`,
    where: `query, ${name}`,
  };
  return fail(failure);
}

function responseOf(context: Context<Env>, answered: Answered): Response {
  if (answered instanceof Response) return answered;
  return context.body(`${JSON.stringify(answered.json)}\n`, answered.status, {
    'Content-Type': 'application/json',
  });
}

/** There is no such path, or it is asked for in another way. */
function await404({ req }: Context<Env>): ApiRefusal {
  const methods = Object.values<Operation>(operations)
    .filter(({ path }) => new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(req.path))
    .map(({ method }) => method.toUpperCase());
  if (methods.length === 0) {
    return refuse(404, {
      kind: 'usage',
      what: 'the API has no such path',
      next: 'GET /v1/openapi.json lists those that there are',
    });
  }
  return refuse(
    405,
    { kind: 'usage', what: `this path takes ${methods.join(', ')}` },
    { Allow: methods.join(', ') },
  );
}

/** A body may be left out, and so may its type then; a form of a page is never taken for one. */
const isJson = (type: string | undefined): boolean =>
  type === undefined || /^application\/json *(;|$)/i.test(type);

const noJson = refuse(415, {
  kind: 'usage',
  what: 'the body is not said to be JSON',
  where: 'Content-Type',
  next: 'send it as application/json',
});

const tooLarge = refuse(
  413,
  {
    kind: 'usage',
    what: `the body is larger than ${mostBytes / 1_024} KB`,
    next: 'send the plan only',
  },
  { Connection: 'close' },
);

const brokenOff = refuse(400, { kind: 'usage', what: 'the body broke off', where: 'body' });

const bug = refuse(500, {
  kind: 'usage',
  what: 'this is a bug in drain, not in what you did',
  next: 'its operator finds the lines to report in the log of drain serve',
});
