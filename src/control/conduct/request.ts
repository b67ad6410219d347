import type { ToolSettings } from '../../config/settings.ts';
import type { EventBody } from '../../domain/event.ts';
import type { Diagnostic, Result } from '../../domain/failure.ts';
import type { Plan } from '../../domain/plan.ts';
import type { StopSwitch } from '../../rollout/ports.ts';
import type { OpenFleet, ReporterForm } from '../environment.ts';

/** A plan that is to be carried out, or to be shown. */
export interface RunRequest {
  readonly plan: Plan;
  readonly warnings: readonly Diagnostic[];
  readonly opened: OpenFleet;
  readonly tools: ToolSettings;
  /** Another reporter than the output form asks for. */
  readonly reporter?: ReporterForm;
  /** What has to come true under the lock before anything is changed. */
  readonly ready?: (start: RolloutStart) => Promise<Result<void>>;
  /** Rollouts that were held, and that this one takes over from. */
  readonly replaces?: readonly string[];
}

/** A rollout that is about to start. */
export interface RolloutStart {
  readonly rollout: string;
  readonly stop: StopSwitch;
  readonly emit: (event: EventBody) => void;
}
