import type { ServerKey } from '../../domain/address.ts';
import type { HeldWhy } from '../../domain/events/kube-event.ts';
import { type Decided, deadlineMs, rampTimes } from './decided.ts';
import type { Edited } from './edits.ts';
import {
  departures,
  flapWindowMs,
  mayReturnMs,
  type OwnServer,
  type ServiceView,
} from './intent.ts';
import type { Ramp, ServiceDecision, ServiceMemory } from './kube-view.ts';
import { ownerOf } from './told.ts';
import { knownAfter } from './weights/known-weights.ts';
import { nextStepMs } from './weights/ramp.ts';

interface Facts {
  readonly decided: readonly Decided[];
  readonly edited: Edited;
  readonly weights: ReadonlyMap<ServerKey, number>;
  readonly held: ReadonlyMap<ServerKey, HeldWhy>;
}

/** The memory of a service once the edits are made. */
export function memoryAfter(
  view: ServiceView,
  { decided, edited, weights, held }: Facts,
): ServiceMemory {
  const { memory, nowMs } = view;
  // Whoever is not decided about is known as before.
  const known = new Map<ServerKey, number | undefined>();
  const excused = new Set<ServerKey>();
  const ramps = new Map<ServerKey, Ramp>();
  for (const { key, next, live, isExcused, ramp } of decided) {
    known.set(key, undefined);
    if (!next || edited.gone.has(key)) continue;
    if (isExcused) excused.add(key);
    const weight = isExcused ? live?.weight : weights.get(key);
    known.set(key, weight);
    if (ramp) ramps.set(key, ramp);
  }
  return {
    known: knownAfter(memory.known, known),
    ...{ excused, ramps, held },
    leftMs: leftAfter(memory, decided, nowMs),
    servesSinceMs: servesSince(memory, decided, nowMs),
  };
}

function leftAfter(
  memory: ServiceMemory,
  decided: readonly Decided[],
  nowMs: number,
): ReadonlyMap<ServerKey, readonly number[]> {
  const left = new Map<ServerKey, readonly number[]>();
  for (const [key, all] of memory.leftMs) {
    const recent = all.filter((atMs) => atMs > nowMs - flapWindowMs);
    if (recent.length > 0) left.set(key, recent);
  }
  for (const { key, next, claimed } of decided) {
    const all = next?.leftMs ?? departures(memory, claimed, key, nowMs);
    if (all.length > 0) left.set(key, all);
  }
  return left;
}

/** Since when the cluster has wanted a server that is not in: an interruption begins anew. */
function servesSince(
  { servesSinceMs }: ServiceMemory,
  decided: readonly Decided[],
  nowMs: number,
): ReadonlyMap<ServerKey, number> {
  return new Map(
    decided.flatMap(({ key, wanted, next }) =>
      wanted?.presence.kind === 'serves' && next?.state !== 'in'
        ? [[key, servesSinceMs.get(key) ?? nowMs] as const]
        : [],
    ),
  );
}

interface DueFacts {
  readonly decided: readonly Decided[];
  readonly edited: Edited;
}

/** The earliest time at which something is due even if nothing happens. */
export function dueOf(view: ServiceView, { decided, edited }: DueFacts): number | undefined {
  const { nowMs } = view;
  const { up, down } = rampTimes(view);
  let due = Number.POSITIVE_INFINITY;
  for (const one of decided) {
    const { key, ramp, intent, next, wanted } = one;
    if (ramp) due = Math.min(due, nextStepMs(ramp, ramp.to === 1 ? up : down, nowMs) ?? due);
    if (intent.kind === 'wait' && intent.untilMs !== undefined) due = Math.min(due, intent.untilMs);
    if (next?.state !== 'leaving' || edited.gone.has(key)) continue;
    const ends = next.cause !== 'unhealthy' && !edited.overdue.has(key);
    if (ends) due = Math.min(due, Math.max(deadlineMs(view, next), nowMs + 1));
    const backMs = wanted?.presence.kind === 'serves' ? mayReturnMs(view, one) : nowMs;
    if (backMs > nowMs) due = Math.min(due, backMs);
  }
  return Number.isFinite(due) ? due : undefined;
}

/** A service in which everybody is as they should be. */
export function nothingToDo({ claim, memory }: ServiceView): ServiceDecision {
  const wasHeld = memory.diff !== undefined;
  return {
    service: claim.service,
    edits: [],
    events: wasHeld
      ? [{ type: 'service-released', service: claim.service, owner: ownerOf(claim) }]
      : [],
    memory: wasHeld ? { ...memory, diff: undefined } : memory,
    watched: [],
    states: new Map(),
  };
}

/** A service that somebody else has edited stays as it is, until it is as it was or a person says so. */
export function heldService(
  view: ServiceView,
  servers: readonly OwnServer[],
  diff: readonly string[],
): ServiceDecision {
  const { claim, memory } = view;
  const isNews = JSON.stringify(diff) !== JSON.stringify(memory.diff);
  return {
    service: claim.service,
    edits: [],
    events: isNews
      ? [
          {
            type: 'service-held',
            service: claim.service,
            owner: ownerOf(claim),
            why: 'somebody-else',
            diff,
          },
        ]
      : [],
    memory: { ...memory, diff },
    watched: [],
    states: new Map(
      servers.flatMap(({ key, claimed }) => (claimed ? [[key, claimed.state] as const] : [])),
    ),
  };
}
