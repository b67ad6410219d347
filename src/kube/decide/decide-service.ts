import type { ServerKey } from '../../domain/address.ts';
import { totalWeight } from '../../domain/ipvs/ipvs.ts';
import { roomAboveFloor } from '../../guard/decide/room-above-floor.ts';
import { claimsAround, statesOf } from './claims-around.ts';
import { basesOf, decideServer, fractionBefore, lastResort } from './decide-server.ts';
import { type Decided, type DecideOptions, deadlineMs } from './decided.ts';
import { heldDepartures } from './departures.ts';
import { editsOf } from './edits.ts';
import { type OwnServer, ownServers, type ServiceView } from './intent.ts';
import type { ServiceDecision } from './kube-view.ts';
import { dueOf, heldService, memoryAfter, nothingToDo } from './remembered.ts';
import { settledIn } from './settled.ts';
import { diffOf } from './somebody-else.ts';
import { serviceEvents } from './told.ts';
import { ownWeights, potBeside, unitWeight } from './weights/own-weights.ts';

/** Decides what one virtual service of one table should be now, and why. Pure. */
export function decideService(whole: ServiceView, options: DecideOptions): ServiceDecision {
  const settled = settledIn(whole);
  const view = settled.rest;
  const { claim, live, nowMs } = view;
  const isSettled = settled.count > 0 && claim.servers.length === 0;
  if (isSettled && view.wanted?.servers.length === 0 && view.wanted.uid === claim.uid)
    return nothingToDo(view);
  const servers = ownServers(view);
  const diff = options.isContinued ? undefined : diffOf(view, servers);
  if (diff) return heldService(view, servers, diff);

  const own = new Set(
    servers.flatMap(({ key, intent }) => (intent.kind === 'foreign' ? [] : [key])),
  );
  // Where somebody is set apart, there is nobody else.
  const others = settled.count > 0 ? [] : (live?.servers ?? []).filter(({ key }) => !own.has(key));
  const othersWeight = totalWeight(others);
  const bases = basesOf(servers, view.unit);
  const inForce = othersWeight > 0 ? scaleInForce(servers, bases) : 1;
  const scale = inForce ?? 1;
  const before = new Map(
    servers.map((one) => {
      const whole = (bases.get(one.key) ?? 0) * scale;
      return [one.key, fractionBefore(view, one, whole)] as const;
    }),
  );
  const held = heldDepartures({
    servers,
    others,
    settled,
    terms: view.terms,
    room: live && roomAboveFloor(view.floor, live),
    reusesAddresses: view.wanted?.reusesAddresses ?? false,
    baseOf: ({ key }) => bases.get(key) ?? 0,
    fractionOf: ({ key }) => before.get(key) ?? 0,
    isOverdue: ({ claimed }) => claimed !== undefined && nowMs >= deadlineMs(view, claimed),
  });
  const decided = lastResort(
    view,
    servers.map((one) =>
      decideServer(view, one, {
        held: held.get(one.key),
        before: before.get(one.key) ?? 0,
        base: bases.get(one.key) ?? 0,
      }),
    ),
    othersWeight + settled.weight,
  );
  const portions = decided.flatMap(({ key, base, fraction, next }) =>
    next ? [{ server: key, base, fraction }] : [],
  );
  const pot =
    othersWeight > 0 && portions.some(({ fraction }) => fraction > 0)
      ? (claim.pot ?? potBeside(others, { now: ownWeightNow(servers), servers: inPot(decided) }))
      : claim.pot;
  // A rollback goes back from the weights of its ramp: what an operator's server had goes to nobody until then.
  const staysPut = view.isInMidRamp && inForce !== undefined;
  const weights = staysPut
    ? ownWeights(
        portions.map((one) => ({ ...one, base: one.base * scale })),
        undefined,
      )
    : ownWeights(portions, othersWeight > 0 ? pot : undefined);
  const edited = editsOf({ view, decided, weights, options });
  const told = serviceEvents({ view, decided, edited, weights, verdicts: options.verdicts });
  return {
    service: claim.service,
    ...claimsAround(whole.claim, view, {
      decided,
      edited,
      pot,
      isNew: options.isNew,
    }),
    edits: edited.changes,
    events: told.events,
    memory: memoryAfter(view, { decided, edited, weights, held: told.held }),
    watched: edited.watched,
    states: statesOf(decided, edited),
    dueMs: dueOf(view, { decided, edited }),
  };
}

/** What a unit of base weight is in the table where anybody is in: beside others own servers have a pot. */
function scaleInForce(
  servers: readonly OwnServer[],
  bases: ReadonlyMap<ServerKey, number>,
): number | undefined {
  const scales = servers.flatMap(({ key, claimed, live, isExcused }) =>
    claimed?.state === 'in' && live && live.weight > 0 && !isExcused
      ? [live.weight / (bases.get(key) || unitWeight)]
      : [],
  );
  return scales.length > 0 ? Math.max(...scales) : undefined;
}

/** The servers that have the pot together; one that still waits for its first check is counted, whoever joins first. */
const inPot = (decided: readonly Decided[]): number =>
  decided.filter(
    ({ next, intent, wanted }) =>
      next || (intent.kind !== 'foreign' && wanted?.presence.kind === 'serves'),
  ).length;

const ownWeightNow = (servers: readonly OwnServer[]): number =>
  totalWeight(
    servers.flatMap(({ intent, live }) => (intent.kind !== 'foreign' && live ? [live] : [])),
  );
