import type { KubeEventBody } from '../../domain/events/kube-event.ts';
import { findService } from '../../domain/ipvs/ipvs.ts';
import type { ClusterClaim } from '../../domain/rollout/cluster-claim.ts';
import type { WantedService } from '../wanted/wanted.ts';
import { decideService } from './decide-service.ts';
import { doubtAbout, meltdownMs } from './doubt.ts';
import {
  blankServiceMemory,
  type KubeDecision,
  type KubeView,
  type ServiceDecision,
} from './kube-view.ts';
import { verdictsOf } from './told.ts';
import { takenOver, waitingService } from './waiting-service.ts';
import { unitFor } from './weights/own-weights.ts';

const nobody: ReadonlySet<never> = new Set();

/**
 * Decides what every virtual service of one table should be now, from the cluster, the table, the claims
 * and the time. Pure: the same view has the same decision, whoever died in between.
 */
export function decideKube(view: KubeView): KubeDecision {
  const { wanted, claims, memory } = view;
  const doubt = doubtAbout(view);
  const isBelieved = !doubt || doubt.isOver;
  const claimOf = new Map(claims.map((claim) => [claim.service, claim]));
  const wantedOf = new Map(wanted.services.map((one) => [one.service, one]));
  const services: ServiceDecision[] = [];
  for (const service of new Set([...claimOf.keys(), ...wantedOf.keys()])) {
    if (view.inRollout.has(service)) continue;
    const asked = wantedOf.get(service);
    const kept = claimOf.get(service);
    const claim = kept ?? (asked && newClaim(view, asked));
    if (!claim) continue;
    const before = memory.services.get(service) ?? blankServiceMemory;
    const rollout = kept ? undefined : view.waitsFor?.get(service);
    if (rollout !== undefined) {
      services.push(waitingService(claim, { rollout, memory: before, wanted: asked }));
      continue;
    }
    const one = {
      wanted: asked,
      claim,
      live: findService(view, service),
      excused: view.excused.get(service) ?? nobody,
      health: view.health,
      floor: view.floors?.get(service),
      isInMidRamp: view.inMidRamp?.has(service) ?? false,
      terms: view.terms,
      memory: before,
      isBelieved,
      unit: unitFor(asked?.servers ?? []),
      nowMs: view.nowMs,
    };
    const decision = decideService(one, {
      verdicts: verdictsOf(one, view.verdicts),
      isContinued: view.isContinued,
      isNew: kept === undefined,
    });
    services.push(before.waitsFor === undefined ? decision : takenOver(claim, decision));
  }
  const dues = services.flatMap(({ dueMs }) => dueMs ?? []);
  if (!isBelieved && doubt?.why === 'meltdown') dues.push(doubt.sinceMs + meltdownMs);
  return {
    services,
    events: doubtEvents(view.memory.doubt, doubt),
    doubt,
    dueMs: dues.length > 0 ? Math.min(...dues) : undefined,
  };
}

const newClaim = (
  { table, terms }: KubeView,
  { service, of, uid }: WantedService,
): ClusterClaim => ({
  ...{ table, service, cluster: terms.cluster, of, uid },
  addedService: false,
  servers: [],
});

function doubtEvents(
  before: KubeDecision['doubt'],
  doubt: KubeDecision['doubt'],
): readonly KubeEventBody[] {
  const wasHeld = before !== undefined && !before.isOver;
  if (!doubt || doubt.isOver) return wasHeld ? [{ type: 'cluster-released' }] : [];
  const { why, lists } = doubt;
  return wasHeld && before.why === why ? [] : [{ type: 'cluster-held', why, lists }];
}

/** The services whose own servers have all left this table, with what drain had added for them. */
export const isLetGo = (
  claims: readonly ClusterClaim[],
  owner: { readonly namespace: string; readonly name: string },
): boolean => !claims.some(({ of }) => of.namespace === owner.namespace && of.name === owner.name);
