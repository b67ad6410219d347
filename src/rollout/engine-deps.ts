import type { Failure } from '../domain/failure.ts';
import type { TimedGate } from './gates/gate-state.ts';
import type { Clock, Director, Emit, Journal, StopSwitch } from './ports.ts';
import type { ControlInbox } from './requests.ts';

/** The ports and gates that the loop works with. */
export interface EngineDeps {
  readonly directors: ReadonlyMap<string, Director>;
  readonly journal: Pick<Journal, 'append'>;
  readonly inbox: ControlInbox;
  readonly clock: Clock;
  readonly emit: Emit;
  readonly stop: StopSwitch;
  readonly gates?: readonly TimedGate[];
  /**
   * Locks the tables and checks the plan anew, when the time of a rollout has come that waited for it;
   * absent where that is done.
   */
  readonly admit?: (() => Promise<Failure | undefined>) | undefined;
}
