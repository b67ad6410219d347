import type { z } from 'zod';
import { fail, ok, type Result } from '../../../domain/failure.ts';
import { printable } from '../../../domain/printable.ts';
import type { Answer, Compare, Etcd, RangeRequest, Trouble, Txn } from '../etcd.ts';
import type { Access } from './access.ts';
import { keepAliveAnswer, leaseAnswer, rangeAnswer, tokenAnswer, txnAnswer } from './answers.ts';
import { createPost, type Posted } from './post.ts';
import { type Refusal, troubleOf } from './trouble.ts';

/** An election takes 1 to 2 s; a member that takes longer is given up for the next. */
const attemptMs = 3_000;

/**
 * etcd through its JSON gateway, which is part of every member since 3.4 and needs no library: gRPC
 * for Node would come with code generation or with files that are read at run time.
 */
export function createGateway(
  endpoints: readonly string[],
  access: () => Promise<Result<Access, Trouble>>,
): Etcd {
  let opened: Promise<Result<Connection, Trouble>> | undefined;
  const call = async <T>(path: string, body: object, schema: z.ZodType<T>): Answer<T> => {
    opened ??= access().then((read) => (read.ok ? ok(connect(endpoints, read.value)) : read));
    const connection = await opened;
    return connection.ok ? connection.value(path, body, schema) : connection;
  };
  return {
    range: (request) => call('/v3/kv/range', rangeOf(request), rangeAnswer),
    async txn(request) {
      const answer = await call('/v3/kv/txn', txnOf(request), txnAnswer);
      if (!answer.ok) return answer;
      const { header, succeeded, responses } = answer.value;
      return ok(
        succeeded
          ? { succeeded, revision: header.revision }
          : { succeeded, found: responses.map((one) => one.response_range?.kvs ?? []) },
      );
    },
    async grant(ttlS) {
      const answer = await call('/v3/lease/grant', { TTL: ttlS }, leaseAnswer);
      return answer.ok ? ok({ id: answer.value.ID, ttlS: Number(answer.value.TTL) }) : answer;
    },
    async keepAlive(lease) {
      const answer = await call('/v3/lease/keepalive', { ID: lease }, keepAliveAnswer);
      return answer.ok ? ok(Number(answer.value.result.TTL)) : answer;
    },
  };
}

type Connection = <T>(path: string, body: object, schema: z.ZodType<T>) => Answer<T>;

/** Asks the members one after another, in each attempt, until one of them answers. */
function connect(endpoints: readonly string[], access: Access): Connection {
  const post = createPost(access.certificates);
  let first = 0;
  let token: string | undefined;

  const ask = async <T>(path: string, body: object, schema: z.ZodType<T>) => {
    let last: Refusal = { kind: 'away', why: 'there is no endpoint' };
    for (let i = 0; i < endpoints.length; i++) {
      const endpoint = endpoints[first % endpoints.length] ?? '';
      const posted = await post({ endpoint, path, body, token, timeoutMs: attemptMs });
      const answer = read(endpoint, posted, schema);
      if (answer.ok || answer.failure.kind !== 'away') return answer;
      last = answer.failure;
      // The others may be on the right side of whatever is broken.
      first++;
    }
    return fail(last);
  };

  const logIn = async (): Promise<Result<void, Refusal>> => {
    if (access.user === undefined) return ok(undefined);
    token = undefined;
    const credentials = { name: access.user, password: access.password ?? '' };
    const answer = await ask('/v3/auth/authenticate', credentials, tokenAnswer);
    if (answer.ok) token = answer.value.token;
    return answer.ok ? ok(undefined) : answer;
  };

  return async (path, body, schema) => {
    if (access.user !== undefined && token === undefined) {
      const entered = await logIn();
      if (!entered.ok) return fail(asTrouble(entered.failure));
    }
    let answer = await ask(path, body, schema);
    // Tokens end after five minutes without use, and with the member that gave them.
    if (!answer.ok && answer.failure.kind === 'token-over' && access.user !== undefined) {
      const entered = await logIn();
      answer = entered.ok ? await ask(path, body, schema) : entered;
    }
    return answer.ok ? answer : fail(asTrouble(answer.failure));
  };
}

const asTrouble = (refusal: Refusal): Trouble =>
  refusal.kind === 'token-over'
    ? {
        kind: 'refused',
        why: refusal.why,
        next: 'name a user: etcds://USER@HOST:2379/PREFIX, with DRAIN_ETCD_PASSWORD',
      }
    : refusal;

function read<T>(endpoint: string, posted: Posted, schema: z.ZodType<T>): Result<T, Refusal> {
  if (posted.kind === 'failed') {
    return fail({ kind: 'away', why: `${endpoint}: ${printable(posted.why)}` });
  }
  try {
    const value: unknown = JSON.parse(posted.body);
    const checked = posted.status === 200 ? schema.safeParse(value) : undefined;
    if (checked?.success) return ok(checked.data);
    return fail(troubleOf(endpoint, posted.status, value));
  } catch {
    // No JSON at all: what a server that is not etcd says, or an etcd without its gateway.
    return fail(troubleOf(endpoint, posted.status, undefined));
  }
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** Bodies of requests; JSON leaves out what is undefined. */
const rangeOf = ({ key, end, limit, keysOnly, descending }: RangeRequest): object => ({
  key: base64(key),
  range_end: end === undefined ? undefined : base64(end),
  limit,
  keys_only: keysOnly,
  sort_order: descending ? 'DESCEND' : undefined,
  sort_target: descending ? 'KEY' : undefined,
});

const txnOf = ({ compare, puts = [], deletes = [], otherwise = [] }: Txn): object => ({
  compare: compare.map(compareOf),
  success: [
    ...deletes.map((key) => ({ request_delete_range: { key: base64(key) } })),
    ...puts.map(({ key, value, lease }) => ({
      request_put: {
        key: base64(key),
        value: base64(value),
        lease,
      },
    })),
  ],
  failure: otherwise.map((range) => ({ request_range: rangeOf(range) })),
});

function compareOf(compare: Compare): object {
  const key = base64(compare.key);
  if ('exists' in compare) {
    return { key, target: 'CREATE', result: 'GREATER', create_revision: '0' };
  }
  return 'created' in compare
    ? { key, target: 'CREATE', result: 'EQUAL', create_revision: compare.created }
    : { key, target: 'MOD', result: 'EQUAL', mod_revision: compare.modified };
}
