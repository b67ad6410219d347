import { isOver, type RolloutStatus } from '../domain/rollout-status.ts';
import type { ServerRole, ServiceRecord, Span } from '../record/rollout-record.ts';

/**
 * A rollout as somebody sees it who watches, and as `/state` answers it: the field names are a contract.
 * Times are milliseconds since the epoch.
 */
export interface RolloutView {
  readonly rollout: string;
  readonly standing: RolloutStatus;
  readonly phase: 'ramping' | 'draining' | 'returning';
  readonly from: readonly string[];
  readonly to: readonly string[];
  /** The last step that stands on all directors; 0 before the first. */
  readonly step: number;
  /** The number of the last step. */
  readonly of: number;
  /** Of what the old servers had: 0 to 1. */
  readonly movedFraction: number;
  readonly startedAtMs: number;
  /** The end, or now while it runs, or the last thing that is known. */
  readonly untilMs: number;
  /** How long it did what, up to `untilMs`. */
  readonly spentMs: Readonly<Record<Span['kind'], number>>;
  readonly gates: { readonly passed: number; readonly failed: number };
  /** The last answer of each gate, by name. */
  readonly lastGates: readonly { readonly gate: string; readonly passed: boolean }[];
  readonly services: readonly RolloutServiceView[];
  /** Why it ended as it did. */
  readonly message: string;
}

export interface RolloutServiceView {
  readonly director: string;
  readonly service: string;
  readonly servers: readonly { readonly server: string; readonly role: ServerRole }[];
  readonly shareOf: ServiceRecord['shareOf'];
  /** Of a rollout in progress; empty when it is over. */
  readonly plannedShare: ServiceRecord['plannedShare'];
}

/** Not over for good: the rollout goes on by itself, or waits for somebody. */
export const inProgress = ({ standing }: Pick<RolloutView, 'standing'>): boolean =>
  !isOver(standing);
