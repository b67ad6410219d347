import type { EventBody } from '../../domain/events/event.ts';
import type { Diagnostic, Result } from '../../domain/failure.ts';
import type { ServerDrainEstimate } from '../../domain/ipvs/drain-estimate.ts';
import type { Plan } from '../../domain/rollout/plan.ts';
import type { StopSwitch, Store } from '../../rollout/ports.ts';
import type { OpenFleet } from '../ports.ts';

/** A plan that is to be carried out, or to be shown. */
export interface RunRequest {
  readonly plan: Plan;
  readonly warnings: readonly Diagnostic[];
  /** How long the old servers are expected to drain, where that was estimated. */
  readonly estimates?: readonly ServerDrainEstimate[] | undefined;
  readonly opened: OpenFleet;
  /** The place of journals and locks; undefined is the usual one. */
  readonly state?: string | undefined;
  /** The store, where it is open already. */
  readonly store?: Store;
  readonly dryRun: boolean;
  /** Whether to go past new servers that take no connection. */
  readonly force?: boolean;
  /** Whether to start although rollouts are frozen. */
  readonly override?: boolean | undefined;
  /** A condition that has to come true under the lock before anything is changed. */
  readonly ready?: ((start: RolloutStart) => Promise<Result<void>>) | undefined;
  /** Rollouts that were held, and that this one takes over from. */
  readonly replaces?: readonly string[];
}

/** A rollout that is about to start. */
export interface RolloutStart {
  readonly rollout: string;
  readonly stop: StopSwitch;
  readonly emit: (event: EventBody) => void;
}
