import type { ServerKey, ServiceKey } from '../../domain/address.ts';
import { assertNever } from '../../domain/assert-never.ts';
import type { RollbackSteps } from '../../domain/rollout/plan.ts';

/** A table that the rollout brings a director to, always described absolutely. */
export type Milestone =
  | { readonly kind: 'step'; readonly step: number }
  /**
   * Removes old servers from one service; with `last`, its weights take their final values as well.
   */
  | {
      readonly kind: 'retire';
      readonly service: ServiceKey;
      readonly servers: readonly ServerKey[];
      readonly last: boolean;
    }
  /** Rollback as a ramp: the weights of one of its steps, with all servers in the table. */
  | { readonly kind: 'rollback-step'; readonly step: number }
  /**
   * The weights of services on the scale of the table before, with the shares of the step in force: a
   * rollout that is held leaves them so. `weights[i]` is that of `servers[i]` of the plan.
   */
  | {
      readonly kind: 'base-scale';
      readonly services: readonly {
        readonly service: ServiceKey;
        readonly weights: readonly number[];
      }[];
    }
  /** Rollback: the baseline's servers and weights; servers that the rollout added are at weight 0. */
  | { readonly kind: 'rollback' };

export interface DirectorState {
  /** The last step reached; -1 before the first. */
  readonly step: number;
  /**
   * Milestones whose edits may have taken effect or not: each was begun, and no answer said how it
   * ended. An intent does not replace the one before it, for that may have taken effect unseen.
   */
  readonly intended: readonly Milestone[];
  /** The rollback ramp, once there is one; its weights are in force from its step 0 on. */
  readonly back?: {
    /** The last step reached; -1 before the first. */
    readonly step: number;
    readonly steps: ReadonlyMap<ServiceKey, RollbackSteps['services'][number]['steps']>;
  };
  readonly rolledBack: boolean;
  /** Servers taken out of the table, as `drainKey`s. */
  readonly removed: ReadonlySet<string>;
  /** Services whose weights have their final values. */
  readonly finished: ReadonlySet<ServiceKey>;
  /** Weights of services that are on their base scale in mid-ramp, until the next step; by service. */
  readonly baseScale?: ReadonlyMap<ServiceKey, readonly number[]>;
  /** Bystanders that are not as the plan has them. */
  readonly bystanders: ReadonlyMap<string, ChangedBystander>;
  /** Weights that somebody set and a resume took as they are, by service, until the next milestone; null is absent. */
  readonly accepted?: ReadonlyMap<ServiceKey, ReadonlyMap<ServerKey, number | null>>;
  /** The setting expire_nodest_conn from before, while a removal has it at 1. */
  readonly borrowed?: number;
  /** The director cannot be reached: the rollout continues, or is rolled back, without it. */
  readonly lost?: { readonly sinceMs: number; readonly reason: string };
}

/** A director before the first step, with the table of the baseline. */
export const freshDirector: DirectorState = {
  step: -1,
  intended: [],
  rolledBack: false,
  removed: new Set(),
  finished: new Set(),
  bystanders: new Map(),
};

export const isSame = (a: Milestone, b: Milestone): boolean =>
  a.kind === b.kind && serviceIn(a) === serviceIn(b) && JSON.stringify(a) === JSON.stringify(b);

const serviceIn = (milestone: Milestone): ServiceKey | undefined =>
  milestone.kind === 'retire' ? milestone.service : undefined;

/** Tells whether the journal says already that the milestone's edit may have begun. */
export const isIntended = ({ intended }: DirectorState, milestone: Milestone): boolean =>
  intended.some((one) => isSame(one, milestone));

type Directors = ReadonlyMap<string, DirectorState>;

/** The directors that count: all but the lost ones. */
export const withoutLost = (directors: Directors): readonly (readonly [string, DirectorState])[] =>
  [...directors].filter(([, { lost }]) => !lost);

export const lostOnes = (directors: Directors): readonly (readonly [string, DirectorState])[] =>
  [...directors].filter(([, { lost }]) => lost);

/** Somebody else's edit of a server that the rollout does not touch. */
export interface ChangedBystander {
  readonly service: ServiceKey;
  readonly server: ServerKey;
  /** The server's weight now; null when the server has gone. */
  readonly weight: number | null;
  /** A weight of the table from before: the service was on no scale of the ramp when it was seen. */
  readonly isBase?: true;
}

/** The key of one server in one service. */
export const drainKey = (service: ServiceKey, server: ServerKey): string => `${service} ${server}`;

/**
 * The state of a director once a milestone is reached there. Earlier intents are settled then, but
 * for retirements in other services, which may have taken effect unseen.
 */
export function reach(before: DirectorState, milestone: Milestone): DirectorState {
  const intended = before.intended.filter(
    (one) =>
      milestone.kind === 'retire' && one.kind === 'retire' && one.service !== milestone.service,
  );
  const settled = { ...before, intended, ...settledBy(before, milestone) };
  if (milestone.kind === 'base-scale') return onBaseScale(settled, milestone.services);
  const director = offBaseScale(settled, milestone);
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
    case 'rollback-step':
      if (!director.back) throw new Error('a step back without a ramp back');
      return {
        ...director,
        back: { ...director.back, step: milestone.step },
        removed: new Set(),
        finished: new Set(),
      };
    case 'rollback':
      return { ...director, rolledBack: true, removed: new Set(), finished: new Set() };
    default:
      return assertNever(milestone);
  }
}

type ScaledServices = Extract<Milestone, { kind: 'base-scale' }>['services'];

const onBaseScale = (before: DirectorState, services: ScaledServices): DirectorState => ({
  ...before,
  baseScale: new Map([
    ...(before.baseScale ?? []),
    ...services.map(({ service, weights }) => [service, weights] as const),
  ]),
});

/** Weights come from the ramp again; those of a service that only loses an old server stay. */
function offBaseScale(
  { baseScale, ...before }: DirectorState,
  milestone: Milestone,
): DirectorState {
  if (!baseScale || milestone.kind !== 'retire') return before;
  const left = [...baseScale].filter(
    ([service]) => service !== milestone.service || !milestone.last,
  );
  return left.length > 0 ? { ...before, baseScale: new Map(left) } : before;
}

/** Accepted weights that a milestone leaves: a retirement sets those of its own service only. */
function settledBy(
  { accepted }: DirectorState,
  milestone: Milestone,
): Pick<DirectorState, 'accepted'> {
  if (!accepted || milestone.kind === 'base-scale') return {};
  if (milestone.kind !== 'retire') return { accepted: new Map() };
  return { accepted: new Map([...accepted].filter(([service]) => service !== milestone.service)) };
}
