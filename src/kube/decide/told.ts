import type { ServerKey } from '../../domain/address.ts';
import type { EventOwner, HeldWhy, KubeEventBody } from '../../domain/events/kube-event.ts';
import type { ClusterClaim } from '../../domain/rollout/cluster-claim.ts';
import type { Decided } from './decided.ts';
import type { Edited } from './edits.ts';
import type { ServiceView } from './intent.ts';
import { type Emptiness, verdictKey } from './kube-view.ts';

interface ToldFacts {
  readonly view: ServiceView;
  readonly decided: readonly Decided[];
  readonly edited: Edited;
  readonly weights: ReadonlyMap<ServerKey, number>;
  readonly verdicts: ReadonlyMap<ServerKey, Emptiness>;
}

export const ownerOf = ({ of, uid }: Pick<ClusterClaim, 'of' | 'uid'>): EventOwner => ({
  namespace: of.namespace,
  name: of.name,
  uid,
});

/** Events of one service: one for each server and each change of its state, and what is held, once. */
export function serviceEvents({ view, decided, edited, weights, verdicts }: ToldFacts): {
  readonly events: readonly KubeEventBody[];
  readonly held: ReadonlyMap<ServerKey, HeldWhy>;
} {
  const { claim, memory, nowMs } = view;
  const at = { service: claim.service, owner: ownerOf(claim) };
  const events: KubeEventBody[] = [];
  const held = new Map<ServerKey, HeldWhy>();
  if (memory.diff) events.push({ ...at, type: 'service-released' });
  if (edited.addsService) events.push({ ...at, type: 'service-added' });
  for (const one of decided) {
    const { key, claimed, next, intent } = one;
    const node = next?.node ?? one.wanted?.node;
    const where = { ...at, server: key, ...(node === undefined ? {} : { node }) };
    const why = one.held ?? (edited.overdue.has(key) ? 'timeout' : undefined);
    if (why) held.set(key, why);
    if (why && memory.held.get(key) !== why) {
      const verdict = verdicts.get(key);
      if (why === 'timeout') {
        const busy = verdict?.kind === 'busy' ? verdict : undefined;
        const { connections, reason } = busy ?? {};
        const cause = next?.cause;
        events.push({ ...where, type: 'not-draining', cause, reason, connections });
      } else {
        const cause = intent.kind === 'leave' ? { cause: intent.cause } : {};
        events.push({ ...where, type: 'server-held', why, ...cause });
      }
    }
    if (!next) continue;
    if (edited.gone.has(key) && one.live) {
      const verdict = verdicts.get(key);
      const connections = verdict?.kind === 'busy' ? verdict.connections : 0;
      const afterMs = nowMs - next.sinceMs;
      events.push({
        ...where,
        type: 'server-drained',
        cause: next.cause ?? '',
        afterMs,
        connections,
      });
    } else if (next.state === 'in' && claimed?.state !== 'in') {
      events.push({ ...where, type: 'server-joined', weight: weights.get(key) ?? 0 });
    } else if (
      next.state === 'leaving' &&
      (claimed?.state !== 'leaving' || claimed.cause !== next.cause) &&
      intent.kind === 'leave'
    ) {
      const { cause, detail } = intent;
      events.push({
        ...where,
        type: 'server-leaving',
        cause,
        ...(detail === undefined ? {} : { detail }),
      });
    } else if (next.state === 'joining' && claimed?.state === 'leaving') {
      events.push({ ...where, type: 'server-returns', after: claimed.cause ?? '' });
    }
  }
  if (edited.removesService) events.push({ ...at, type: 'service-removed' });
  return { events, held };
}

/** The verdicts on the servers of one service: only those that leave have any. */
export function verdictsOf(
  { claim }: Pick<ServiceView, 'claim'>,
  all: ReadonlyMap<string, Emptiness>,
): ReadonlyMap<ServerKey, Emptiness> {
  const found = new Map<ServerKey, Emptiness>();
  if (all.size === 0) return found;
  for (const { server, state } of claim.servers) {
    const verdict = state === 'leaving' ? all.get(verdictKey(claim.service, server)) : undefined;
    if (verdict) found.set(server, verdict);
  }
  return found;
}
