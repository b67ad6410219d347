import { randomBytes } from 'node:crypto';
import type { GuardEvent } from '../../domain/events/guard-event.ts';
import type { GuardNotifyTarget } from '../../domain/events/guard-notice.ts';
import { createGuardNotices, type GuardNotices } from '../../guard/notices/guard-notices.ts';
import { guardNoticeOf } from '../../reporters/notices/guard-notice.ts';
import type { Clock } from '../../rollout/ports.ts';
import type { Environment, GuardNotifier } from '../environment.ts';

/** Those who are told of what a guard sees, as its file in force names them. */
export interface ToldByGuard {
  hear(event: GuardEvent): void;
  /** Tells others from now on; what was collected for those before goes to them first. */
  retarget(targets: readonly GuardNotifyTarget[]): Promise<void>;
  close(): Promise<void>;
}

export function createToldByGuard(
  env: Pick<Environment, 'openGuardNotifier' | 'describeHost'>,
  clock: Clock,
): ToldByGuard {
  let inForce = '[]';
  let notices: GuardNotices | undefined;
  let notifiers: readonly GuardNotifier[] = [];
  const close = async (): Promise<void> => {
    notices?.close();
    notices = undefined;
    await Promise.all(notifiers.map((one) => one.close()));
    notifiers = [];
  };
  return {
    hear: (event) => notices?.hear(event),
    async retarget(targets) {
      const wanted = JSON.stringify(targets);
      if (wanted === inForce) return;
      inForce = wanted;
      const before = { notices, notifiers };
      const { host } = await env.describeHost();
      const opened = await Promise.all(
        targets.map(async (target) => ({ target, notifier: await env.openGuardNotifier(target) })),
      );
      notifiers = opened.flatMap(({ notifier }) => notifier ?? []);
      notices = createGuardNotices(
        opened.flatMap(({ target, notifier }) => {
          if (!notifier) return [];
          const send: Parameters<typeof createGuardNotices>[0][number]['send'] = (items) => {
            const nonce = randomBytes(4).toString('hex');
            notifier.send(guardNoticeOf(items, { host, nowMs: clock.nowMs(), nonce }));
          };
          return [{ target, send }];
        }),
        clock,
      );
      before.notices?.close();
      await Promise.all(before.notifiers.map((one) => one.close()));
    },
    close,
  };
}
