import type { Actor } from '../actor/actor.ts';
import type { Outcome } from './event.ts';

/**
 * Events of `drain around` itself, between those of the rollouts that take its servers out and
 * bring them in. `rollout` is its own id, so that its `finished` is told from theirs.
 */
export type AroundEvent = AroundEventBody & {
  readonly v: 1;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly rollout: string;
  /** Whoever started it, or resumed it since. */
  readonly actor?: Actor;
};

export interface PlannedCommand {
  readonly server: string;
  readonly command: readonly string[];
}

interface OfBatch {
  /** The number of the batch, from 1. */
  readonly batch: number;
  readonly of: number;
  readonly servers: readonly string[];
}

export type AroundEventBody =
  | {
      readonly type: 'around-planned';
      readonly batches: readonly (readonly PlannedCommand[])[];
    }
  | (OfBatch & { readonly type: 'batch-started' | 'batch-done' })
  | (PlannedCommand & { readonly type: 'command-started' })
  | {
      readonly type: 'command-ended';
      readonly server: string;
      readonly passed: boolean;
      /** `exit code 3`, `killed by SIGKILL`, and what it said last. */
      readonly detail: string;
      readonly afterMs: number;
    }
  | { readonly type: 'held'; readonly reason: string }
  | {
      readonly type: 'finished';
      readonly outcome: Outcome;
      readonly exitCode: number;
      readonly message: string;
    };
