import type { Actor } from '../actor/actor.ts';
import type { CommandWords } from '../command-words.ts';
import type { Outcome } from './event.ts';

/** Groups of notices that somebody can ask for, in the words of `on:`. */
export const noticeGroups = ['start', 'hold', 'failure', 'rollback', 'done'] as const;
export type NoticeGroup = (typeof noticeGroups)[number];

export type NoticeType = 'started' | 'resumed' | 'paused' | 'rollback-started' | Outcome;

/**
 * A notice about a rollout, for a person or a machine. A webhook gets exactly this as its body, so
 * the names and fields are a contract: add, never change.
 */
export interface Notice {
  readonly v: 1;
  /** An id that stays the same however often the notice is sent. */
  readonly id: string;
  readonly type: NoticeType;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly rollout: string;
  /** The machine that drain runs on: where the commands below are for. */
  readonly host: string;
  /** Whoever the rollout follows: who started it, or who did something to it since. */
  readonly actor?: Actor;
  readonly from: readonly string[];
  readonly to: readonly string[];
  readonly services: readonly string[];
  /** The last step that was applied while this process ran. */
  readonly step?: number;
  readonly of?: number;
  readonly movedFraction?: number;
  /** Whether something went wrong, as opposed to: somebody asked for it. */
  readonly failure: boolean;
  /** A sentence that says what happened, and why. */
  readonly message: string;
  /** The outcome as in `finished`, when this process is done with the rollout. */
  readonly outcome?: Outcome;
  readonly exitCode?: number;
  /** The commands that lead on from here, where some do. */
  readonly goOn?: string;
  readonly goBack?: string;
  /** The page that is written of the rollout, on that machine. */
  readonly report?: string;
  /** The notice in one sentence, under the name that Slack and Mattermost show. */
  readonly text: string;
}

/** A recipient of notices, and the groups that are sent to it. */
export type NotifyTarget = { readonly on: readonly NoticeGroup[] } & (
  | {
      readonly kind: 'webhook';
      /** The URL, which may hold a token: only its server gets to see more than scheme and host. */
      readonly url: string;
      readonly secretFile?: string;
    }
  | { readonly kind: 'command'; readonly words: CommandWords }
);

/** Whether a notice is asked for; a failed gate is so by two words, `failure` and `rollback`. */
export function isAskedFor({ type, failure }: Notice, on: readonly NoticeGroup[]): boolean {
  const group = groupOf[type];
  return on.includes(group) || (failure && on.includes('failure'));
}

const groupOf: Readonly<Record<NoticeType, NoticeGroup>> = {
  started: 'start',
  resumed: 'start',
  paused: 'hold',
  held: 'hold',
  'rollback-started': 'rollback',
  'rolled-back': 'rollback',
  done: 'done',
  refused: 'failure',
  failed: 'failure',
};
