import type { DrainEvent } from '../../domain/events/event.ts';
import type { CommandContext, RolloutStatus } from '../../domain/rollout/rollout-status.ts';
import type { LiveView } from '../live/live-view.ts';

/** Shows rollouts of other processes. */
export interface Watcher {
  /** Shows a picture, about once a second, whether or not anything has happened. */
  show(picture: WatchPicture): void;
  /** Ends the watch; nothing is shown afterwards. */
  close(): void;
}

export interface WatchPicture {
  readonly rollouts: readonly WatchedRollout[];
  /** Notes on each `drain around` and on the servers that are out of service. */
  readonly notes: readonly WatchNote[];
  /** The line in place of rollouts where there is none, which says where somebody has looked. */
  readonly nothing: string;
  /** The place of the commands that are shown. */
  readonly commands?: CommandContext | undefined;
}

/** A line whose words change with the time; `key` changes when there is news in it. */
export interface WatchNote {
  readonly key: string;
  readonly text: string;
}

export interface WatchedRollout {
  readonly rollout: string;
  readonly status: RolloutStatus;
  readonly view: LiveView;
  /** Events from before the rollout was watched; in its first picture. */
  readonly backlog: readonly DrainEvent[];
  /** Events since the picture before. */
  readonly news: readonly DrainEvent[];
  /** The lines of the rollout in `drain status`. */
  readonly summary: string;
}
