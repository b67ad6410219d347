import type { ServerKey, ServiceKey } from '../domain/address.ts';
import { assertNever } from '../domain/assert-never.ts';
import type { Outcome } from '../domain/event.ts';
import type { DirectorPlan, Plan, ReturnRamp } from '../domain/plan.ts';
import { type DirectorState, drainKey, type Milestone, reach } from './director-state.ts';

export const journalVersion = 1;

/** One line of a rollout's journal. The rollout's state is nothing but the fold over these. */
export type JournalEntry = JournalBody & {
  readonly v: typeof journalVersion;
  readonly atMs: number;
};

export type JournalBody =
  | {
      readonly type: 'opened';
      readonly rollout: string;
      readonly plan: Plan;
      /** How the director is reached, for whoever resumes. */
      readonly access: DirectorAccess;
      /** When step 0 was due; every other step is due relative to it. */
      readonly startAtMs: number;
    }
  /** Written before the table is touched: from here on both sides of the milestone may be found. */
  | { readonly type: 'intended'; readonly director: string; readonly milestone: Milestone }
  /** Written after the table was read back and the milestone stands. */
  | { readonly type: 'reached'; readonly director: string; readonly milestone: Milestone }
  | { readonly type: 'drained'; readonly service: ServiceKey; readonly server: ServerKey }
  /** A server that was found empty is not any more, or may not be. */
  | { readonly type: 'undrained'; readonly service: ServiceKey; readonly server: ServerKey }
  /** A server that the rollout does not touch came (weight), changed (weight) or went (null). */
  | {
      readonly type: 'bystander-changed';
      readonly director: string;
      readonly service: ServiceKey;
      readonly server: ServerKey;
      readonly weight: number | null;
    }
  | {
      readonly type: 'turned-back';
      readonly reason: string;
      readonly exitCode: number;
      /** Absent: at once. */
      readonly ramp?: ReturnRamp;
    }
  /** Another process goes on, or this one after an end that was no end. */
  | { readonly type: 'resumed'; readonly startAtMs: number }
  /** With `manualStep` by the plan: whoever continues lets that step pass. */
  | { readonly type: 'paused'; readonly reason: string; readonly manualStep?: number }
  | { readonly type: 'continued'; readonly startAtMs: number }
  | {
      readonly type: 'ended';
      readonly outcome: Outcome;
      readonly exitCode: number;
      readonly message: string;
    };

/** `local` or `sim:FILE`, and the words that call ipvsadm there. */
export interface DirectorAccess {
  readonly where: string;
  readonly ipvsadm: string;
  /** What the plan calls it, where that does not follow from `where`. */
  readonly name?: string;
}

export interface RolloutState {
  readonly rollout: string;
  readonly plan: Plan;
  readonly access: DirectorAccess;
  readonly startAtMs: number;
  readonly phase: Phase;
  /** Since when the last step that was reached stands; absent before the first. */
  readonly standsSinceMs?: number;
  /** Since when it is paused, by somebody's request. */
  readonly pausedAtMs?: number;
  /** The manual step at which it is paused. */
  readonly manualStep?: number;
  /** The last manual step that somebody let pass; -1 before the first. */
  readonly manualDone: number;
  /** It has ended, or stopped where `resume` can go on. */
  readonly end?: RolloutEnd;
  readonly directors: ReadonlyMap<string, DirectorState>;
  /** Old servers (or, going back, added ones) found empty, as `drainKey`s. */
  readonly drained: ReadonlySet<string>;
}

export type Phase =
  | { readonly kind: 'ramping' }
  /** The last step stands on every director; the old servers are at weight 0. */
  | { readonly kind: 'draining'; readonly sinceMs: number }
  /** Going back; `sinceMs` once the baseline's weights stand everywhere. */
  | {
      readonly kind: 'returning';
      readonly reason: string;
      readonly exitCode: number;
      /** When each step of the way back is due; absent when the baseline comes at once. */
      readonly schedule?: ReturnRamp['schedule'];
      readonly sinceMs?: number;
    };

export interface RolloutEnd {
  readonly outcome: Outcome;
  readonly exitCode: number;
  readonly message: string;
}

/** The state after all entries; the first must be `opened`. */
export function foldJournal(entries: readonly JournalEntry[]): RolloutState {
  const [first, ...rest] = entries;
  if (first?.type !== 'opened') throw new Error('a journal begins with an opened entry');
  return rest.reduce(applyEntry, openedState(first));
}

export function openedState(entry: Extract<JournalEntry, { type: 'opened' }>): RolloutState {
  const fresh: DirectorState = {
    step: -1,
    intended: [],
    returned: false,
    removed: new Set(),
    finished: new Set(),
    bystanders: new Map(),
  };
  return {
    rollout: entry.rollout,
    plan: entry.plan,
    access: entry.access,
    startAtMs: entry.startAtMs,
    phase: { kind: 'ramping' },
    directors: new Map(entry.plan.directors.map(({ director }) => [director, fresh])),
    drained: new Set(),
    manualDone: -1,
  };
}

/** The state after one more entry. */
export function applyEntry(state: RolloutState, entry: JournalEntry): RolloutState {
  switch (entry.type) {
    case 'opened':
      throw new Error('a journal has one opened entry, its first');
    case 'intended':
      return withDirector(state, entry.director, (director) => ({
        ...director,
        intended: [
          ...director.intended.filter((one) => !isSame(one, entry.milestone)),
          entry.milestone,
        ],
      }));
    case 'reached': {
      const { director: name, milestone, atMs } = entry;
      const reached = withDirector(state, name, (director) => reach(director, milestone));
      const stands = milestone.kind === 'step' ? { ...reached, standsSinceMs: atMs } : reached;
      return enterNextPhase(stands, atMs);
    }
    case 'drained':
      return {
        ...state,
        drained: new Set([...state.drained, drainKey(entry.service, entry.server)]),
      };
    case 'undrained': {
      const key = drainKey(entry.service, entry.server);
      return { ...state, drained: new Set([...state.drained].filter((one) => one !== key)) };
    }
    case 'bystander-changed':
      return withDirector(state, entry.director, (director) => ({
        ...director,
        bystanders: new Map([
          ...director.bystanders,
          [
            drainKey(entry.service, entry.server),
            {
              service: entry.service,
              server: entry.server,
              weight: entry.weight,
            },
          ],
        ]),
      }));
    case 'turned-back': {
      const { reason, exitCode, ramp } = entry;
      const turned: RolloutState = {
        ...goingOn(state),
        drained: new Set(),
        phase: { kind: 'returning', reason, exitCode },
      };
      // On the way back already, the baseline may stand everywhere.
      return enterNextPhase(ramp ? withRampBack(turned, ramp, entry.atMs) : turned, entry.atMs);
    }
    case 'resumed':
      // Nobody was there to see the time before: the deadline of a drain counts from here, and a
      // server that was empty then has to be found empty again.
      return {
        ...goingOn(state),
        startAtMs: entry.startAtMs,
        phase: since(state.phase, entry.atMs),
        drained: new Set([...state.drained].filter((key) => wasRemoved(state, key))),
      };
    case 'paused': {
      const { atMs, manualStep } = entry;
      return { ...state, pausedAtMs: atMs, ...(manualStep === undefined ? {} : { manualStep }) };
    }
    case 'continued':
      return {
        ...goingOn(state),
        manualDone: state.manualStep ?? state.manualDone,
        startAtMs: entry.startAtMs,
        phase: since(state.phase, entry.atMs),
      };
    case 'ended': {
      const { outcome, exitCode, message } = entry;
      return { ...state, end: { outcome, exitCode, message } };
    }
    default:
      return assertNever(entry);
  }
}

function withRampBack(state: RolloutState, ramp: ReturnRamp, atMs: number): RolloutState {
  if (state.phase.kind !== 'returning') return state;
  const turned: RolloutState = {
    ...state,
    startAtMs: atMs,
    phase: { ...state.phase, schedule: ramp.schedule },
  };
  return ramp.directors.reduce(
    (before, { director: name, services }) =>
      withDirector(before, name, (director) => ({
        ...director,
        back: { step: -1, steps: new Map(services.map((one) => [one.service, one.steps])) },
      })),
    turned,
  );
}

/** The same rollout, neither ended nor paused. */
function goingOn(before: RolloutState): RolloutState {
  const { end: _, pausedAtMs: __, manualStep: ___, ...state } = before;
  return state;
}

const wasRemoved = ({ directors }: RolloutState, key: string): boolean =>
  [...directors.values()].some((director) => director.removed.has(key));

/** The same phase, with its clock set anew if it has one. */
function since(phase: Phase, atMs: number): Phase {
  return phase.kind === 'ramping' || phase.sinceMs === undefined
    ? phase
    : { ...phase, sinceMs: atMs };
}

function withDirector(
  state: RolloutState,
  name: string,
  change: (director: DirectorState) => DirectorState,
): RolloutState {
  const director = state.directors.get(name);
  if (!director) throw new Error(`the journal names a director that the plan does not: ${name}`);
  return { ...state, directors: new Map([...state.directors, [name, change(director)]]) };
}

const isSame = (a: Milestone, b: Milestone): boolean => JSON.stringify(a) === JSON.stringify(b);

/** A phase begins when the slowest director has got there. */
function enterNextPhase(state: RolloutState, atMs: number): RolloutState {
  const directors = [...state.directors.values()];
  if (state.phase.kind === 'ramping' && directors.every((d) => d.step === lastStep(state.plan))) {
    return { ...state, phase: { kind: 'draining', sinceMs: atMs } };
  }
  if (state.phase.kind === 'returning' && state.phase.sinceMs === undefined) {
    if (directors.every((d) => d.returned)) {
      return { ...state, phase: { ...state.phase, sinceMs: atMs } };
    }
  }
  return state;
}

export const lastStep = (plan: Plan): number => plan.schedule.length - 1;

export const directorState = (state: RolloutState, plan: DirectorPlan): DirectorState => {
  const found = state.directors.get(plan.director);
  if (!found) throw new Error(`no state for director ${plan.director}`);
  return found;
};
