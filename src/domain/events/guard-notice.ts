import type { CommandWords } from '../command-words.ts';

/**
 * Groups of notices of a guard, in the words of `on:`. `floor`: a server should go to weight 0 and stays,
 * because so many must serve. `all-dead`: no server of a service answers well, or one does again.
 */
export const guardNoticeGroups = ['down', 'up', 'floor', 'all-dead'] as const;
export type GuardNoticeGroup = (typeof guardNoticeGroups)[number];

/** One thing that happened, the latest of its kind where it happened several times. */
export interface GuardNoticeItem {
  readonly group: GuardNoticeGroup;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly director: string;
  readonly service: string;
  /** Absent where it is about the service. */
  readonly server?: string;
  readonly detail: string;
  /** How often its server or service has turned since the last notice; absent: once. */
  readonly times?: number;
  /** Of `all-dead`: it is over. */
  readonly isOver?: boolean;
}

/**
 * A notice of a guard, for a person or a machine. A webhook gets exactly this as its body, so the names
 * and fields are a contract: add, never change.
 */
export interface GuardNotice {
  readonly v: 1;
  /** An id that stays the same however often the notice is sent. */
  readonly id: string;
  readonly type: 'guard';
  /** ISO 8601, UTC. */
  readonly at: string;
  /** The machine that the guard runs on. */
  readonly host: string;
  /** Whether any of it is bad news. */
  readonly failure: boolean;
  readonly items: readonly GuardNoticeItem[];
  /** Items that are left out, because there are too many. */
  readonly more: number;
  /** The notice in one sentence, under the name that Slack and Mattermost show. */
  readonly text: string;
}

/** A recipient of a guard's notices. */
export type GuardNotifyTarget = {
  readonly on: readonly GuardNoticeGroup[];
  /** The time for which news is collected before the first notice about it. */
  readonly groupForMs: number;
  /** The least time between two notices. */
  readonly everyMs: number;
} & (
  | { readonly kind: 'webhook'; readonly url: string; readonly secretFile?: string }
  | { readonly kind: 'command'; readonly words: CommandWords }
);
