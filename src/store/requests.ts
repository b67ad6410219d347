import * as z from 'zod';
import { fail, ok, type Result } from '../domain/failure.ts';
import { printable } from '../domain/printable.ts';
import { isRolloutId } from '../domain/rollout/rollout-id.ts';
import { actorSchema } from '../files/actor-schema.ts';
import { randomHex } from '../files/hex.ts';
import type { Store } from '../rollout/ports.ts';
import type { ControlInbox, ControlRequest, InboxTerms } from '../rollout/requests.ts';
import type { Kept, Place } from './place.ts';
import { unknownAdvice } from './unknown-rollout.ts';

const ms = z.number().min(0).finite();

const by = { actor: actorSchema.exactOptional() };

const requestSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.enum(['pause', 'continue', 'promote']), ...by }),
  z.strictObject({
    kind: z.literal('rollback'),
    ...by,
    pace: z.strictObject({ overMs: ms, everyMs: ms.min(1) }).exactOptional(),
  }),
]);

const schema = z.strictObject({
  v: z.literal(1),
  /** The run that the request is for; absent where nothing tells one run from another. */
  run: z.string().max(512).exactOptional(),
  request: requestSchema,
});

export interface RequestPlaces {
  readonly place: Place;
  /**
   * The place of earlier versions, with one document a rollout under its id; absent where that is the
   * same place.
   */
  readonly earlier?: Place | undefined;
  /** The longest that an inbox waits for a place that is slow or away; it says later what it found. */
  readonly giveUp?: (() => Promise<void>) | undefined;
}

/**
 * Requests of other terminals as a queue: one document a request, `ID.TIME-RANDOM`, so that the names
 * are in the order of the requests and none replaces another.
 */
export function createRequests(
  places: RequestPlaces,
): Pick<Store, 'ask' | 'isAsked' | 'withdraw' | 'inbox'> {
  const { place } = places;
  let lastMs = 0;
  return {
    async ask(rollout, request, run) {
      if (!isRolloutId(rollout)) {
        return fail({
          kind: 'usage',
          what: `there is no rollout "${printable(rollout)}"`,
          next: unknownAdvice,
        });
      }
      lastMs = Math.max(lastMs + 1, Date.now());
      const name = `${rollout}.${String(lastMs).padStart(14, '0')}-${randomHex(4)}`;
      const put = await place.put(name, JSON.stringify({ v: 1, run, request }));
      return put.ok ? ok({ name }) : put;
    },
    async isAsked({ name }) {
      const kept = await place.get(name);
      return kept.ok ? ok(kept.value !== undefined) : kept;
    },
    async withdraw({ name }): Promise<Result<void>> {
      const removed = await place.remove(name);
      return removed.ok ? ok(undefined) : removed;
    },
    inbox: (rollout, terms = {}) => createInbox(places, rollout, terms),
  };
}

interface Asked {
  readonly kept: Kept;
  readonly place: Place;
  /** Nothing where the document is no request of this version or the one before. */
  readonly request: ControlRequest | undefined;
  readonly run: string | undefined;
  readonly isOfEarlierVersion: boolean;
}

function createInbox(
  { place, earlier, giveUp }: RequestPlaces,
  rollout: string,
  { run, onDropped }: InboxTerms,
): ControlInbox {
  let looking: Promise<void> | undefined;
  let waiting: readonly Asked[] = [];
  let isFirstLook = true;
  let ownRun: string | undefined;
  /** Documents that have been dealt with; they are removed in each look until they are gone. */
  const settled = new Map<string, Place>();
  /** Requests that were taken, and may not have taken effect yet. */
  const handed = new Map<string, Asked>();

  const find = async (): Promise<Result<readonly Asked[]>> => {
    const [listed, old] = await Promise.all([place.list(), earlier?.get(rollout)]);
    if (!listed.ok) return listed;
    if (old && !old.ok) return old;
    return ok([
      ...(old?.value && earlier ? [readEarlier(earlier, old.value)] : []),
      ...listed.value.flatMap((kept) => {
        if (kept.name === rollout) return [readEarlier(place, kept)];
        return kept.name.startsWith(`${rollout}.`) ? [read(place, kept)] : [];
      }),
    ]);
  };

  const isForOthers = (asked: Asked): boolean =>
    // Whoever asked before this run began cannot have meant it.
    asked.isOfEarlierVersion ? isFirstLook : asked.run !== undefined && asked.run !== ownRun;

  const settle = (asked: Asked): void => {
    settled.set(keyOf(asked), asked.place);
  };

  const look = async (): Promise<void> => {
    const found = await find();
    if (!found.ok) return;
    if (found.value.some((one) => one.run !== undefined)) ownRun ??= await run?.();
    const fresh = found.value.filter((one) => !handed.has(keyOf(one)) && !settled.has(keyOf(one)));
    const known = fresh.filter((one) => one.run === undefined || ownRun !== undefined);
    waiting = [];
    for (const one of known) {
      if (one.request && !isForOthers(one)) waiting = [...waiting, one];
      else {
        settle(one);
        onDropped?.(one.request?.kind);
      }
    }
    isFirstLook = false;
    // In an earlier version's place the same words may come again, and are another request then.
    const there = new Set(found.value.map(keyOf));
    for (const key of settled.keys()) if (!there.has(key)) settled.delete(key);
    for (const one of found.value) {
      const at = settled.get(keyOf(one));
      if (!at) continue;
      const removed = await at.remove(one.kept.name, { rollout, version: one.kept.version });
      if (removed.ok && removed.value === 'removed') settled.delete(keyOf(one));
    }
  };

  const lookForAWhile = async (): Promise<void> => {
    looking ??= look().finally(() => {
      looking = undefined;
    });
    await (giveUp ? Promise.race([looking, giveUp()]) : looking);
  };

  return {
    async take() {
      await lookForAWhile();
      const { next, passedOver } = nextOf(waiting);
      for (const one of passedOver) settle(one);
      waiting = waiting.filter((one) => one !== next && !passedOver.includes(one));
      if (next) handed.set(keyOf(next), next);
      return next?.request;
    },
    async settle() {
      if (handed.size === 0) return;
      for (const one of handed.values()) settle(one);
      handed.clear();
      await lookForAWhile();
    },
  };
}

/**
 * Finds the request that is next: a rollback wherever it stands, which makes those before it void;
 * else the first.
 */
export function nextOf<T extends { readonly request: ControlRequest | undefined }>(
  waiting: readonly T[],
): { readonly next: T | undefined; readonly passedOver: readonly T[] } {
  const back = waiting.findIndex(({ request }) => request?.kind === 'rollback');
  return back < 0
    ? { next: waiting[0], passedOver: [] }
    : { next: waiting[back], passedOver: waiting.slice(0, back) };
}

const keyOf = ({ kept: { name, version } }: Pick<Asked, 'kept'>): string => `${name} ${version}`;

function read(place: Place, kept: Kept): Asked {
  const document = parsed(schema, kept);
  return {
    kept,
    place,
    request: document?.request,
    run: document?.run,
    isOfEarlierVersion: false,
  };
}

const readEarlier = (place: Place, kept: Kept): Asked => ({
  kept,
  place,
  request: parsed(requestSchema, kept),
  run: undefined,
  isOfEarlierVersion: true,
});

function parsed<T>(of: z.ZodType<T>, { text }: Kept): T | undefined {
  try {
    return of.safeParse(JSON.parse(text)).data;
  } catch {
    // No JSON: nothing that this program wrote.
    return undefined;
  }
}
