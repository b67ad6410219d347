import { createHash } from 'node:crypto';
import { fail, ok, type Result } from '../../domain/failure.ts';
import type { Store } from '../../rollout/ports.ts';
import { watchRollout } from '../../watch/watch-rollout.ts';
import { type ApiRefusal, refuse } from '../problem.ts';
import type { Begun } from './runs.ts';

/** A start that may be asked for twice, and happens once. */
export interface KeyedStart {
  readonly caller: string;
  /** The Idempotency-Key; absent: each request is a start of its own. */
  readonly key: string | undefined;
  readonly body: string;
  readonly store: Pick<Store, 'list' | 'read' | 'readTrace' | 'holder'>;
}

type Begin = () => Promise<Result<Begun, ApiRefusal>>;

const mostKept = 1_000;
/** The latest rollouts among which one that was started before a restart of the server is looked for. */
const mostRead = 50;

/**
 * Starts once for each key of a caller: whoever asks again gets the same rollout, also of a server that was restarted
 * meanwhile, for the key is in the journal. What was refused may be tried again.
 */
export function createStartedOnce(): (start: KeyedStart, begin: Begin) => ReturnType<Begin> {
  const kept = new Map<string, { readonly digest: string; readonly begun: ReturnType<Begin> }>();
  return async ({ caller, key, body, store }, begin) => {
    if (key === undefined) return begin();
    if (!/^[\x21-\x7e]{1,128}$/.test(key)) return fail(wrongKey);
    const name = `${caller} ${key}`;
    const digest = createHash('sha256').update(body).digest('hex');
    const before = kept.get(name);
    if (before) return before.digest === digest ? before.begun : fail(otherBody);
    const begun = (async () => {
      const rollout = await startedBefore(store, caller, key);
      return rollout === undefined ? begin() : ok({ kind: 'rollout', rollout } as const);
    })();
    kept.set(name, { digest, begun });
    const [oldest] = kept.keys();
    if (kept.size > mostKept && oldest !== undefined) kept.delete(oldest);
    const forget = (): void => {
      if (kept.get(name)?.begun === begun) kept.delete(name);
    };
    begun.then((result) => !result.ok && forget(), forget);
    return begun;
  };
}

async function startedBefore(
  store: KeyedStart['store'],
  caller: string,
  key: string,
): Promise<string | undefined> {
  const ids = await store.list();
  for (const id of ids.ok ? ids.value.slice(0, mostRead) : []) {
    const seen = await watchRollout(store, id).look(Date.now(), 'never');
    const actor = seen.ok ? seen.value.entries[0].actor : undefined;
    if (actor?.via !== undefined && actor.user === caller && actor.request === key) return id;
  }
  return undefined;
}

const wrongKey = refuse(400, {
  kind: 'usage',
  what: 'the Idempotency-Key is none',
  where: 'Idempotency-Key',
  next: 'send 1 to 128 letters, digits and signs, such as the id of the job',
});

const otherBody = refuse(422, {
  kind: 'usage',
  what: 'another request was made with this Idempotency-Key',
  where: 'Idempotency-Key',
  next: 'give each start a key of its own',
});
