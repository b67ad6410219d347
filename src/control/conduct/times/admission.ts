import type { Failure, Result } from '../../../domain/failure.ts';
import type { DirectorAccess } from '../../../domain/places/director-access.ts';
import type { Plan } from '../../../domain/rollout/plan.ts';
import { resourcesOf, startResource } from '../../../domain/rollout/rollout-locks.ts';
import { isOpen } from '../../../domain/time/windows.ts';
import type { Clock, Lock, LockTerms, Store } from '../../../rollout/ports.ts';
import { hasBegun } from '../../../rollout/state/ramp-progress.ts';
import type { RolloutState } from '../../../rollout/state/rollout-state.ts';
import type { PastFreeze } from '../../freeze.ts';

type WallClock = Pick<Clock, 'nowMs' | 'wallMs'>;

/** Whether a rollout of this plan would have to wait for a time of day before its first step. */
export function waitsToStart({ startsAtMs = 0, windows }: Plan, clock: WallClock): boolean {
  const wallMs = clock.wallMs?.() ?? clock.nowMs();
  return wallMs < startsAtMs || !isOpen(windows, wallMs);
}

/**
 * The wait of a rollout that is resumed before its first step; once it has begun, it has its services for
 * good. Somebody who insists waits for no window.
 */
export function waitOfResume(
  { phase, plan, directors }: RolloutState,
  {
    direction,
    pastFreeze,
  }: {
    readonly direction: 'forward' | 'back';
    readonly pastFreeze?: PastFreeze | undefined;
  },
): Pick<Admitted, 'plan' | 'waits' | 'mayWait'> {
  const isBefore = phase.kind === 'ramping' && !hasBegun({ directors });
  const { windows, ...always } = plan;
  const kept = pastFreeze === 'override' ? always : plan;
  return {
    plan,
    waits: direction === 'forward' && isBefore && waitsToStart(kept, { nowMs: Date.now }),
    mayWait: isBefore && (plan.startsAtMs !== undefined || windows !== undefined),
  };
}

/** What a rollout is conducted under: its locks, and the way to those that it gets later. */
export interface Admission {
  readonly lock: Pick<Lock, 'lockedForMs'>;
  /**
   * Gives the way to lock the tables when the time has come, with an examination under these locks. Absent
   * where they are locked: a rollout that waits for its start has nothing of a table.
   */
  readonly admitAfter?: ((examine: Admit) => Admit) | undefined;
  release(): Promise<void>;
}

export type Admit = () => Promise<Failure | undefined>;

export interface Admitted {
  readonly store: Pick<Store, 'lock'>;
  readonly rollout: string;
  readonly plan: Plan;
  /** All ways to the directors that are to be locked. */
  readonly access: readonly DirectorAccess[];
  readonly actor?: LockTerms['actor'];
  readonly waits: boolean;
  /** Whether another process may wait with the same journal. */
  readonly mayWait: boolean;
}

/**
 * Locks what a rollout needs now: the services of its tables, or where it waits for a time of day only its
 * start, so that others edit the services meanwhile and nobody else waits with its journal.
 */
export async function lockForStart({
  store,
  rollout,
  plan,
  access,
  actor,
  waits,
  mayWait,
}: Admitted): Promise<Result<Lock>> {
  const start = mayWait || waits ? [startResource(rollout)] : [];
  const tables = waits ? [] : resourcesOf(plan, access);
  return store.lock([...start, ...tables], rollout, waits ? { actor } : { access, actor });
}

/** The admission of a rollout: at once, or when its time has come. */
export function admissionOf(
  { store, rollout, plan, access, actor, waits }: Admitted,
  lock: Lock,
): Admission {
  if (!waits) return { lock, release: () => lock.release() };
  let tables: Lock | undefined;
  return {
    lock: {
      lockedForMs(table) {
        if (!tables) return 0;
        return tables.lockedForMs ? tables.lockedForMs(table) : Number.POSITIVE_INFINITY;
      },
    },
    admitAfter: (examine) => async () => {
      const locked = await store.lock(resourcesOf(plan, access), rollout, { access, actor });
      if (!locked.ok) return locked.failure;
      tables = locked.value;
      return examine();
    },
    async release() {
      await tables?.release();
      await lock.release();
    },
  };
}
