import type { DirectorAccess } from '../../domain/places/director-access.ts';
import { accessOf, tableOf } from '../../domain/rollout/rollout-locks.ts';
import { floorsAhead } from '../../rollout/decide/floor.ts';
import { listWhatIsThere } from '../../rollout/journal/open.ts';
import {
  initialObservation,
  type Observation,
  withDirector,
} from '../../rollout/observe/observation.ts';
import type { StopSwitch } from '../../rollout/ports.ts';
import { withoutLost } from '../../rollout/state/director-state.ts';
import type { RolloutState } from '../../rollout/state/rollout-state.ts';
import type { Audience } from '../audience.ts';
import { type MarkingStore, marksOf } from '../conduct/marks.ts';
import { reopenFleet } from '../fleet.ts';
import type { ControlPorts, OpenFleet } from '../ports.ts';

/** The time between looks; a guard that brings a server back asks about as often. */
const lookEveryMs = 1_000;

/** A rollout that is to go forward, and the ways to its directors. */
export interface AwaitedFloors {
  readonly store: MarkingStore;
  readonly stop: StopSwitch;
  readonly access: readonly DirectorAccess[];
  /** The rollout as it would go on from now; `undefined` where it does not go on any more. */
  readonly read: () => Promise<RolloutState | undefined>;
}

/**
 * Waits for the floors of the steps that are left of a rollout that stands still before anything is locked: under the
 * lock of a rollout a guard leaves the service alone, and would never bring back the server that is missed.
 * A rollout goes on when the guard's way back has ended too. Says once what is waited for. Returns whether
 * the wait came to its end; else somebody wants to stop.
 */
export async function awaitFloors(
  ports: Pick<ControlPorts, 'openDirectors'>,
  { store, stop, access, read }: AwaitedFloors,
  audience: Pick<Audience, 'note' | 'waitingFor'>,
): Promise<boolean> {
  const first = await read();
  if (!first || !mayWait(first)) return true;
  const opened = await reopenFleet(ports, access);
  // Whatever cannot be reached is said by the resume itself.
  if (!opened.ok) return true;
  const { clock } = opened.value;
  const waits = floorsAhead(first, await listed(opened.value, first));
  if (waits.length === 0) return true;
  audience.note({ kind: 'floor-waited', rollout: first.rollout, waits });
  return audience.waitingFor({ kind: 'floor' }, async () => {
    while (!stop.requested()) {
      await clock.sleepUntil(clock.nowMs() + lookEveryMs, stop.signal());
      const state = await read();
      if (!state) return true;
      const seen = await listed(opened.value, state);
      if (floorsAhead(state, seen).length > 0) continue;
      if (!(await isComingBack(store, access, { state, seen }))) return true;
    }
    return false;
  });
}

/** Only a ramp that has floors waits for them. */
const mayWait = ({ phase, plan }: RolloutState): boolean =>
  phase.kind === 'ramping' &&
  plan.policy.mayEmpty !== true &&
  plan.directors.some(({ services }) => services.some(({ floor }) => floor !== undefined));

/** What the tables show of the rollout's services; a director that does not answer is not waited for. */
async function listed(
  { directors, clock }: Pick<OpenFleet, 'directors' | 'clock'>,
  state: RolloutState,
): Promise<Observation> {
  const names = withoutLost(state.directors).map(([name]) => name);
  let seen = initialObservation(names, clock.nowMs());
  for (const { director: name, services } of state.plan.directors) {
    const director = names.includes(name) ? directors.get(name) : undefined;
    if (!director) continue;
    const found = await listWhatIsThere(
      director,
      services.map(({ service }) => service),
    );
    if (!found.ok) continue;
    const sample = { atMs: clock.nowMs(), services: found.value.samples };
    seen = withDirector(seen, name, (live) => ({ ...live, sample }));
  }
  return seen;
}

/** Tells whether a guard is about to bring a server of these services back. */
async function isComingBack(
  store: MarkingStore,
  access: readonly DirectorAccess[],
  { state, seen }: { readonly state: RolloutState; readonly seen: Observation },
): Promise<boolean> {
  const marks = await marksOf(store, access);
  if (!marks.ok) return false;
  return [...seen.directors].some(([name, { sample }]) => {
    const services = state.plan.directors.find(({ director }) => director === name)?.services ?? [];
    const table = tableOf(accessOf(access, name));
    return marks.value.some(
      (mark) =>
        mark.reason === 'health' &&
        mark.table === table &&
        services.some(({ service }) => service === mark.service) &&
        (sample?.services.get(mark.service)?.servers.get(mark.server)?.weight ?? 0) > 0,
    );
  });
}
