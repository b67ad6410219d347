import type { Notice } from '../../domain/events/notice.ts';
import type { CommandContext } from '../../domain/rollout/rollout-status.ts';
import type { Reporter } from '../reporter.ts';
import { type Heard, type Hearing, hearEvent, hearOpened } from './notices-of-events.ts';

export interface NoticeReporterOptions {
  readonly host: string;
  /** The file that a page of the rollout is written to when it ends. */
  readonly report?: string;
  /** The place of the commands that a notice names. */
  readonly commands?: CommandContext | undefined;
  send(notice: Notice): void;
  /** Ends what is under way. */
  close(): Promise<void>;
}

/** Tells of a rollout when it matters: a start, a hold, a failure, a rollback, an end. */
export function createNoticeReporter({ send, close, ...about }: NoticeReporterOptions): Reporter {
  let heard: Heard = about;
  const take = (hearing: Hearing): void => {
    heard = hearing.heard;
    for (const notice of hearing.notices) send(notice);
  };
  return {
    // `planned` says all of it.
    plan() {},
    opened() {
      take(hearOpened(heard));
    },
    event(event) {
      take(hearEvent(heard, event));
    },
    close,
  };
}
