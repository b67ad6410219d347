import type { CommandWords } from '../command-words.ts';
import type { Outcome } from './event.ts';

/** What somebody can ask to be told of, in the words of `on:`. */
export const noticeGroups = ['start', 'hold', 'failure', 'rollback', 'done'] as const;
export type NoticeGroup = (typeof noticeGroups)[number];

export type NoticeType = 'started' | 'resumed' | 'paused' | 'rollback-started' | Outcome;

/**
 * What a person or a machine is told of a rollout when it matters. A webhook gets exactly this as its
 * body, so the names and fields are a contract: add, never change.
 */
export interface Notice {
  readonly v: 1;
  /** The same however often it is sent. */
  readonly id: string;
  readonly type: NoticeType;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly rollout: string;
  /** The machine that drain runs on: where the commands below are for. */
  readonly host: string;
  readonly from: readonly string[];
  readonly to: readonly string[];
  readonly services: readonly string[];
  /** The last step that was applied while this process ran. */
  readonly step?: number;
  readonly of?: number;
  readonly movedFraction?: number;
  /** Something went wrong, as opposed to: somebody asked for it. */
  readonly failure: boolean;
  /** What happened, and why. */
  readonly message: string;
  /** As in `finished`, when this process is done with the rollout. */
  readonly outcome?: Outcome;
  readonly exitCode?: number;
  /** The commands that lead on from here, where some do. */
  readonly goOn?: string;
  readonly goBack?: string;
  /** The page that is written of it, on that machine. */
  readonly report?: string;
  /** All of it in one sentence, under the name that Slack and Mattermost show. */
  readonly text: string;
}

/** Who is told of what. */
export type NotifyTarget = { readonly on: readonly NoticeGroup[] } & (
  | {
      readonly kind: 'webhook';
      /** May hold a token: nobody but its server gets to see more of it than scheme and host. */
      readonly url: string;
      readonly secretFile?: string;
    }
  | { readonly kind: 'command'; readonly words: CommandWords }
);

/** One thing may be asked for by several words: a gate that failed is a failure, and a rollback. */
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
