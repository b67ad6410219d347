import type { Acted } from '../actor/acts.ts';
import type { ServiceKey } from '../address.ts';
import type { Floors } from '../floor/floor.ts';
import type { GateSet } from '../health/gate.ts';
import type { TimeWindow } from '../time/windows.ts';
import type { Move, RampRequest, RolloutPolicy } from './plan.ts';

/**
 * The record of a sequence: the rollouts of one plan file, and how far they are. Kept before each
 * rollout begins, the record is all that a resume needs.
 */
export interface SequenceRecord {
  readonly sequence: string;
  readonly startedMs: number;
  /** The plan file, for people. */
  readonly file: string;
  /** The place of `items[0]` in the file, counted from 1, and the number of rollouts there. */
  readonly first: number;
  readonly count: number;
  readonly items: readonly SequencedRollout[];
  /** The end, or the stop where `resume` can continue; absent while it runs and after a crash. */
  readonly end?: SequenceEnd;
  /** The things that people did to it, its start first. */
  readonly acts?: readonly Acted[];
}

export interface SequencedRollout {
  readonly order: SequencedOrder;
  /** The rollout that was begun last for this item; its journal tells how far it is, if it has one. */
  readonly rollout?: string;
  readonly isDone: boolean;
}

/** The request of one rollout, names still as they were written; without `to` servers are retired. */
export interface SequencedOrder {
  readonly directors: readonly {
    readonly where: string;
    readonly ipvsadm: string;
    readonly name?: string;
  }[];
  readonly names: readonly (readonly [name: string, address: string])[];
  readonly groups: readonly (readonly [name: string, members: readonly string[]])[];
  readonly from: readonly string[];
  readonly to?: readonly { readonly name: string; readonly share?: number }[];
  /** Weights that change with nobody to hand over: `from` is empty then. */
  readonly move?: Move;
  readonly moved?: readonly { readonly name: string; readonly weight?: number }[];
  readonly services?: readonly ServiceKey[];
  readonly ramp: RampRequest;
  readonly weight?: number;
  readonly setScheduler?: 'wrr';
  readonly restoreScheduler?: true;
  readonly policy: RolloutPolicy;
  readonly allowDifferences: boolean;
  readonly gates?: GateSet;
  readonly at?: string;
  readonly windows?: readonly TimeWindow[];
  readonly force?: boolean;
  /** The reason that the file gives. */
  readonly reason?: string;
  /** The capacity that services keep; absent: none. */
  readonly floors?: Floors;
}

export interface SequenceEnd {
  /** `failed`: given up. */
  readonly outcome: 'done' | 'held' | 'rolled-back' | 'failed';
  readonly exitCode: number;
  readonly message: string;
}

/** Finds the first item that is not done; -1 where all are. */
export const nextItem = ({ items }: Pick<SequenceRecord, 'items'>): number =>
  items.findIndex(({ isDone }) => !isDone);

/** The record with one item changed. */
export const withItem = (
  record: SequenceRecord,
  index: number,
  change: Partial<Pick<SequencedRollout, 'rollout' | 'isDone'>>,
): SequenceRecord => ({
  ...record,
  items: record.items.map((item, at) => (at === index ? { ...item, ...change } : item)),
});
