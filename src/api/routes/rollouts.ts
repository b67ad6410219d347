import { pastSummary } from '../../control/past/history.ts';
import { namedRollout } from '../../control/past/named-rollout.ts';
import { readRolloutPage } from '../../control/past/rollout-page.ts';
import { parseServiceKey, serviceKey } from '../../domain/address.ts';
import { fail, ok, type Result } from '../../domain/failure.ts';
import { isRolloutId } from '../../domain/rollout/rollout-id.ts';
import type { RolloutStatus } from '../../domain/rollout/rollout-status.ts';
import { adviceText } from '../../domain/rollout/rollout-status.ts';
import { type SeenRollout, watchRollout } from '../../watch/watch-rollout.ts';
import type { Call, Handler } from '../call.ts';
import type { ApiDeps } from '../deps.ts';
import { type ApiRefusal, refusalOf, refuse } from '../problem.ts';
import { isWithinLimits, type ServedSite, servedSite } from '../site.ts';

/** `GET /v1/rollouts`: a page, the latest first. */
export const getRollouts: Handler = async ({ caller, query }, deps) => {
  const site = await servedSite(deps);
  if (!site.ok) return fail(refusalOf(site.failure));
  const asked = query as {
    readonly limit: number;
    readonly before?: string;
    readonly since?: string;
    readonly service?: string;
    readonly state?: RolloutStatus;
    readonly actor?: string;
  };
  const address = asked.service === undefined ? undefined : parseServiceKey(asked.service);
  const page = await readRolloutPage(site.value.store, {
    limit: asked.limit,
    before: asked.before,
    sinceMs: asked.since === undefined ? undefined : Date.parse(asked.since),
    service: address && serviceKey(address),
    status: asked.state,
    actor: asked.actor,
    isShown: (state) => isWithinLimits(deps, site.value, { caller, state }),
  });
  if (!page.ok) return fail(refusalOf(page.failure));
  const { rollouts, hasMore, unread } = page.value;
  const last = rollouts.at(-1)?.rollout;
  return ok({
    status: 200,
    json: {
      rollouts,
      ...(hasMore && last !== undefined ? { next: last } : {}),
      ...(unread.length > 0
        ? {
            unread: unread.map(({ what, where, next }) => ({
              what,
              ...(where === undefined ? {} : { where }),
              ...(next === undefined ? {} : { next: adviceText(next) }),
            })),
          }
        : {}),
    },
  });
};

/** `GET /v1/rollouts/ID`. */
export const getRollout: Handler = async (call, deps) => {
  const found = await askedRollout(call, deps);
  if (!found.ok) return found;
  return ok({ status: 200, json: pastSummary(found.value.seen) });
};

export interface AskedRollout {
  readonly site: ServedSite;
  readonly seen: SeenRollout;
}

/**
 * The rollout that a path names: by its id, what is unique of it, or `latest`. One that is not the caller's is
 * refused as one that there is none of, so that nobody learns of it.
 */
export async function askedRollout(
  { caller, path }: Pick<Call, 'caller' | 'path'>,
  deps: ApiDeps,
): Promise<Result<AskedRollout, ApiRefusal>> {
  const site = await servedSite(deps);
  if (!site.ok) return fail(refusalOf(site.failure));
  const { store } = site.value;
  const word = path.rollout ?? '';
  const named = await namedRollout(store, word);
  if (!named.ok) return fail({ ...refusalOf(named.failure), status: 404 });
  if (!isRolloutId(named.value)) return fail(noneOf(word));
  const seen = await watchRollout(store, named.value).look(Date.now(), 'never');
  if (!seen.ok) return fail(refusalOf(seen.failure));
  const shown = await isWithinLimits(deps, site.value, { caller, state: seen.value.state });
  if (!shown.ok) return fail(refusalOf(shown.failure));
  if (!shown.value) return fail(noneOf(word));
  return ok({ site: site.value, seen: seen.value });
}

const noneOf = (word: string): ApiRefusal =>
  refuse(404, {
    kind: 'usage',
    what: `there is no rollout ${word}`,
    next: 'GET /v1/rollouts lists those that there are',
    code: 'no-such-rollout',
  });
