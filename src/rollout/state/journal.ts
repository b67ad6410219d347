import type { Actor } from '../../domain/actor/actor.ts';
import { type Act, withAct } from '../../domain/actor/acts.ts';
import type { ServerKey, ServiceKey } from '../../domain/address.ts';
import { assertNever } from '../../domain/assert-never.ts';
import type { Outcome, RollbackCause } from '../../domain/events/event.ts';
import type { DirectorAccess } from '../../domain/places/director-access.ts';
import type { Plan, RollbackRamp } from '../../domain/rollout/plan.ts';
import {
  drainKey,
  freshDirector,
  isSame,
  type Milestone,
  reach,
  withoutLost,
} from './director-state.ts';
import { withAccepted, withBystander } from './expected-weights.ts';
import { type InsertedStep, withStep } from './inserted-step.ts';
import { enterNextPhase, since } from './phases.ts';
import { type RescaledService, withScale } from './rescaled.ts';
import { onTerms, type ResumedTerms } from './resumed-terms.ts';
import type { RolloutState } from './rollout-state.ts';
import { regained, wasRemoved, withDirector, withRampBack } from './with-director.ts';

export const journalVersion = 1;

/** A line of a rollout's journal. The rollout's state is nothing but the fold over these lines. */
export type JournalEntry = JournalBody & {
  readonly v: typeof journalVersion;
  readonly atMs: number;
};

export type JournalBody =
  | {
      readonly type: 'opened';
      readonly rollout: string;
      readonly plan: Plan;
      /** The access to the directors, for whoever resumes. */
      readonly access: readonly DirectorAccess[];
      /** The time at which step 0 was due; every other step is due relative to it. */
      readonly startAtMs: number;
      /** Whoever started it; absent in journals of earlier versions, as in every other entry. */
      readonly actor?: Actor | undefined;
    }
  /** An intent, written before an edit: from here on both sides of the milestone may be found. */
  | { readonly type: 'intended'; readonly director: string; readonly milestone: Milestone }
  /** A milestone reached, written after the table was read back. */
  | { readonly type: 'reached'; readonly director: string; readonly milestone: Milestone }
  | { readonly type: 'drained'; readonly service: ServiceKey; readonly server: ServerKey }
  /** A server that was found empty is not any more, or may not be. */
  | { readonly type: 'refilled'; readonly service: ServiceKey; readonly server: ServerKey }
  /** A server that the rollout does not touch came (weight), changed (weight) or went (null). */
  | {
      readonly type: 'bystander-changed';
      readonly director: string;
      readonly service: ServiceKey;
      readonly server: ServerKey;
      readonly weight: number | null;
    }
  /** The rollout continues, or is rolled back, without a director that cannot be reached. */
  | { readonly type: 'director-lost'; readonly director: string; readonly reason: string }
  /** A lost director has the table from before the rollout: its machine was started anew. */
  | { readonly type: 'director-reset'; readonly director: string }
  /** A lost director is where the others are, and counts again. */
  | { readonly type: 'director-regained'; readonly director: string }
  | {
      readonly type: 'rollback-started';
      readonly cause: RollbackCause;
      readonly reason: string;
      readonly exitCode: number;
      /** The ramp of the rollback; absent: at once. */
      readonly ramp?: RollbackRamp;
      /** Whoever asked for it, where somebody did. */
      readonly actor?: Actor | undefined;
    }
  /** The rollout is resumed, by another process or after it was held; `terms` and `access` hold from then on. */
  | {
      readonly type: 'resumed';
      readonly startAtMs: number;
      readonly terms?: ResumedTerms;
      /** The access to directors that are reached in another way than before. */
      readonly access?: readonly DirectorAccess[];
      readonly actor?: Actor | undefined;
    }
  /** Weights of old and new servers that somebody set stand as they are until the next edit; null is absent. */
  | {
      readonly type: 'accepted';
      readonly director: string;
      readonly service: ServiceKey;
      readonly weights: readonly (readonly [ServerKey, number | null])[];
    }
  /** The rest of a service's ramp has another scale, for the traffic that really arrives. */
  | ({ readonly type: 'rescaled' } & RescaledService)
  /** A step between two of the plan, at which exactly so much has moved: the ramp is to end there for now. */
  | ({ readonly type: 'step-inserted' } & InsertedStep)
  /** The rest of the ramp comes in one step, as soon as the gates let it. */
  | { readonly type: 'promoted'; readonly actor?: Actor | undefined }
  /** The setting expire_nodest_conn of a director is 1 from here on, for a removal; `before` is what it was. */
  | { readonly type: 'setting-borrowed'; readonly director: string; readonly before: number }
  /** The setting is what it was. */
  | { readonly type: 'setting-returned'; readonly director: string }
  /** A pause; with `manualStep` by the plan: whoever continues lets that step pass. */
  | {
      readonly type: 'paused';
      readonly reason: string;
      readonly manualStep?: number;
      readonly actor?: Actor | undefined;
    }
  | {
      readonly type: 'continued';
      readonly startAtMs: number;
      readonly actor?: Actor | undefined;
    }
  | {
      readonly type: 'ended';
      readonly outcome: Outcome;
      readonly exitCode: number;
      readonly message: string;
      /** Somebody gave the rollout up: the table is as it was left, and nobody goes on or back. */
      readonly abandoned?: true;
      /** Whoever ended it, where that is not how it went by itself. */
      readonly actor?: Actor | undefined;
    };

/** The state after all entries; the first must be `opened`. */
export function foldJournal(entries: readonly JournalEntry[]): RolloutState {
  const [first, ...rest] = entries;
  if (first?.type !== 'opened') throw new Error('a journal begins with an opened entry');
  return rest.reduce(applyEntry, openedState(first));
}

export function openedState(entry: Extract<JournalEntry, { type: 'opened' }>): RolloutState {
  const state: RolloutState = {
    rollout: entry.rollout,
    plan: entry.plan,
    access: entry.access,
    startAtMs: entry.startAtMs,
    phase: { kind: 'ramping' },
    directors: new Map(entry.plan.directors.map(({ director }) => [director, freshDirector])),
    drained: new Set(),
    manualDone: -1,
  };
  return withActor(state, entry);
}

/** The state after one more entry. */
export const applyEntry = (state: RolloutState, entry: JournalEntry): RolloutState =>
  withActor(applied(state, entry), entry);

/** The state with what somebody did by this entry, where it is known who. */
function withActor(state: RolloutState, entry: JournalEntry): RolloutState {
  if (!('actor' in entry)) return state;
  const act = entry.type === 'ended' && entry.abandoned ? 'abandoned' : actOf[entry.type];
  return withAct(state, act, entry.actor, entry.atMs);
}

const actOf = {
  opened: 'started',
  resumed: 'resumed',
  promoted: 'promoted',
  paused: 'paused',
  continued: 'continued',
  'rollback-started': 'rolled-back',
  ended: 'closed',
} as const satisfies Partial<Record<JournalBody['type'], Act>>;

function applied(state: RolloutState, entry: JournalEntry): RolloutState {
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
    case 'refilled': {
      const key = drainKey(entry.service, entry.server);
      return { ...state, drained: new Set([...state.drained].filter((one) => one !== key)) };
    }
    case 'bystander-changed':
      return withDirector(state, entry.director, (director) => {
        const plan = state.plan.directors.find((one) => one.director === entry.director);
        const { service, server, weight } = entry;
        return withBystander(plan, director, { service, server, weight });
      });
    case 'director-lost': {
      const { director: name, reason, atMs } = entry;
      const lost = { sinceMs: atMs, reason };
      return enterNextPhase(
        withDirector(state, name, (director) => ({ ...director, lost })),
        atMs,
      );
    }
    case 'director-reset': {
      const reset = withDirector(state, entry.director, ({ lost, back }) => ({
        ...freshDirector,
        ...(lost ? { lost } : {}),
        ...(back ? { back: { ...back, step: -1 } } : {}),
      }));
      const isAtStart = withoutLost(reset.directors).every(([, { step }]) => step < 0);
      return isAtStart && reset.phase.kind === 'draining'
        ? { ...reset, phase: { kind: 'ramping' }, drained: new Set() }
        : reset;
    }
    case 'accepted': {
      const { service, weights } = entry;
      return withDirector(state, entry.director, (director) =>
        withAccepted(director, service, weights),
      );
    }
    case 'rescaled':
      return withScale(state, entry);
    case 'step-inserted':
      return withStep(state, entry);
    case 'setting-borrowed':
      return withDirector(state, entry.director, (director) => ({
        ...director,
        borrowed: director.borrowed ?? entry.before,
      }));
    case 'setting-returned':
      return withDirector(state, entry.director, ({ borrowed: _, ...director }) => director);
    case 'promoted': {
      const { until: _, ...plan } = state.plan;
      return { ...goingOn(state), plan, promotedAtMs: entry.atMs };
    }
    case 'director-regained':
      return regained(state, entry.director, entry.atMs);
    case 'rollback-started': {
      const { cause, reason, exitCode, ramp } = entry;
      const turned: RolloutState = {
        ...goingOn(state),
        drained: new Set(),
        phase: { kind: 'rolling-back', cause, reason, exitCode },
      };
      // On the way back already, the baseline may stand everywhere.
      return enterNextPhase(ramp ? withRampBack(turned, ramp, entry.atMs) : turned, entry.atMs);
    }
    case 'resumed':
      // Nobody was there to see the time before: the deadline of a drain counts from here, and a
      // server that was empty then has to be found empty again.
      return {
        ...goingOn(onTerms(state, entry)),
        // Whoever resumes what was stopped since asks for its pace again.
        ...(state.end ? { promotedAtMs: undefined } : {}),
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
      const { outcome, exitCode, message, abandoned } = entry;
      return { ...state, end: { outcome, exitCode, message, ...(abandoned ? { abandoned } : {}) } };
    }
    default:
      return assertNever(entry);
  }
}

/** The same rollout, neither ended nor paused. */
function goingOn(before: RolloutState): RolloutState {
  const { end: _, pausedAtMs: __, manualStep: ___, ...state } = before;
  return state;
}
