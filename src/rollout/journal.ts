import type { ServerKey, ServiceKey } from '../domain/address.ts';
import { assertNever } from '../domain/assert-never.ts';
import type { Outcome } from '../domain/event.ts';
import type { DirectorPlan, Plan } from '../domain/plan.ts';

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
  | { readonly type: 'turned-back'; readonly reason: string; readonly exitCode: number }
  /** Another process goes on, or this one after an end that was no end. */
  | { readonly type: 'resumed'; readonly startAtMs: number }
  | { readonly type: 'paused'; readonly reason: string }
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
}

/** A table that the rollout brings a director to, always described absolutely. */
export type Milestone =
  | { readonly kind: 'step'; readonly step: number }
  /** Old servers leave one service; with `last`, its weights take their final values as well. */
  | {
      readonly kind: 'retire';
      readonly service: ServiceKey;
      readonly servers: readonly ServerKey[];
      readonly last: boolean;
    }
  /** Rollback: the baseline's servers and weights; servers that the rollout added are at weight 0. */
  | { readonly kind: 'return' };

export interface RolloutState {
  readonly rollout: string;
  readonly plan: Plan;
  readonly access: DirectorAccess;
  readonly startAtMs: number;
  readonly phase: Phase;
  /** Since when it is paused, by somebody's request. */
  readonly pausedAtMs?: number;
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
      readonly sinceMs?: number;
    };

export interface RolloutEnd {
  readonly outcome: Outcome;
  readonly exitCode: number;
  readonly message: string;
}

export interface DirectorState {
  /** The last step that stands; -1 before the first. */
  readonly step: number;
  /**
   * Milestones whose edits may stand or not: each was begun, and no answer said how it ended. An
   * intent does not replace the one before it, for that may have taken effect unseen.
   */
  readonly intended: readonly Milestone[];
  readonly returned: boolean;
  /** Servers taken out of the table, as `drainKey`s. */
  readonly removed: ReadonlySet<string>;
  /** Services whose weights have their final values. */
  readonly finished: ReadonlySet<ServiceKey>;
  /** Bystanders that are not as the plan has them. */
  readonly bystanders: ReadonlyMap<string, ChangedBystander>;
}

/** Somebody else's edit of a server that the rollout does not touch. */
export interface ChangedBystander {
  readonly service: ServiceKey;
  readonly server: ServerKey;
  /** Its weight now; null when it has gone. */
  readonly weight: number | null;
}

/** One server in one service. */
export const drainKey = (service: ServiceKey, server: ServerKey): string => `${service} ${server}`;

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
    case 'reached':
      return enterNextPhase(
        withDirector(state, entry.director, (director) => reach(director, entry.milestone)),
        entry.atMs,
      );
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
      const { reason, exitCode } = entry;
      return {
        ...goingOn(state),
        drained: new Set(),
        phase: { kind: 'returning', reason, exitCode },
      };
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
    case 'paused':
      return { ...state, pausedAtMs: entry.atMs };
    case 'continued':
      return {
        ...goingOn(state),
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

/** The same rollout, neither ended nor paused. */
function goingOn({ end: _end, pausedAtMs: _pausedAtMs, ...state }: RolloutState): RolloutState {
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

/** The state of a director once a milestone stands there; nothing that was intended before is open then. */
export function reach(before: DirectorState, milestone: Milestone): DirectorState {
  const director: DirectorState = { ...before, intended: [] };
  switch (milestone.kind) {
    case 'step':
      return { ...director, step: milestone.step };
    case 'retire':
      return {
        ...director,
        removed: new Set([
          ...director.removed,
          ...milestone.servers.map((server) => drainKey(milestone.service, server)),
        ]),
        finished: milestone.last
          ? new Set([...director.finished, milestone.service])
          : director.finished,
      };
    case 'return':
      return { ...director, returned: true, removed: new Set(), finished: new Set() };
    default:
      return assertNever(milestone);
  }
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
