import { assertNever } from '../domain/assert-never.ts';
import type { NotifyTarget } from '../domain/events/notice.ts';
import { fail, ok, type Result } from '../domain/failure.ts';
import { createNotifier, type Listening, type Notifier, type NotifierOptions } from './notifier.ts';
import { readSecret } from './read-secret.ts';
import type { Target } from './target.ts';
import { createWebhook } from './webhook.ts';

/**
 * Opens every target that the config names. A webhook whose secret cannot be had gets nothing, for
 * an unsigned notice would not be believed; the rollout goes on without the webhook.
 */
export async function openNotifier(
  targets: readonly NotifyTarget[],
  options: Pick<NotifierOptions, 'clock' | 'warn'> & { readonly random: () => number },
): Promise<Notifier> {
  const listening: Listening[] = [];
  for (const target of targets) {
    const opened = await openTarget(target, options);
    if (opened.ok) listening.push({ on: target.on, target: opened.value });
    else options.warn(`drain: notifications are not sent to ${opened.failure}`);
  }
  return createNotifier({ ...options, listening });
}

async function openTarget(
  target: NotifyTarget,
  { clock, random }: Parameters<typeof openNotifier>[1],
): Promise<Result<Target, string>> {
  switch (target.kind) {
    case 'webhook': {
      const { url, secretFile } = target;
      const key = await readSecret(secretFile);
      const webhook = createWebhook({ url, clock, random, key: key.ok ? key.value : undefined });
      return key.ok ? ok(webhook) : fail(`${webhook.name}: ${key.failure}`);
    }
    case 'command':
      // A library for processes, which webhooks need not.
      return ok((await import('./command.ts')).createCommandTarget(target.words));
    default:
      return assertNever(target);
  }
}
