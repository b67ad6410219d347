import type { CommandWords } from '../domain/command-words.ts';
import type { GuardNotice, GuardNotifyTarget } from '../domain/events/guard-notice.ts';
import { isAskedFor, type Notice, type NotifyTarget } from '../domain/events/notice.ts';
import { createNotifier, type Notifier, type NotifierOptions } from './notifier.ts';
import { readSecret } from './read-secret.ts';
import type { AnyNotice, Target } from './target.ts';
import { createWebhook } from './webhook.ts';

type Tools = Pick<NotifierOptions<AnyNotice>, 'clock' | 'warn'> & { readonly random: () => number };

/**
 * Opens every target that the config names. A webhook whose secret cannot be had gets nothing, for
 * an unsigned notice would not be believed; the rollout goes on without the webhook.
 */
export async function openNotifier(
  targets: readonly NotifyTarget[],
  options: Tools,
): Promise<Notifier<Notice>> {
  const opened = await Promise.all(
    targets.map(async ({ on, ...where }) => {
      const target = await openTarget<Notice>(where, options, (of) => of.createCommandTarget);
      return target && { target, isAskedFor: (notice: Notice) => isAskedFor(notice, on) };
    }),
  );
  const listening = opened.filter((one) => one !== undefined);
  return createNotifier({
    ...{ ...options, listening, whole: 'this rollout' },
    about: ({ rollout }) => `of ${rollout}`,
  });
}

/** Opens one recipient of a guard's notices; `undefined` where its secret cannot be had. */
export async function openGuardNotifier(
  target: GuardNotifyTarget,
  options: Tools,
): Promise<Notifier<GuardNotice> | undefined> {
  const opened = await openTarget<GuardNotice>(
    target,
    options,
    (of) => of.createGuardCommandTarget,
  );
  if (!opened) return undefined;
  return createNotifier<GuardNotice>({
    ...{ ...options, listening: [{ target: opened, isAskedFor: () => true }], whole: 'this guard' },
    about: ({ host }) => `on ${host}`,
  });
}

type Where =
  | { readonly kind: 'webhook'; readonly url: string; readonly secretFile?: string }
  | { readonly kind: 'command'; readonly words: CommandWords };

/** The part of the targets for commands that makes one; a library for processes, which webhooks need not. */
type CommandTargets = typeof import('./command.ts');
type MakeCommand<N extends AnyNotice> = (
  targets: CommandTargets,
) => (words: CommandWords) => Target<N>;

async function openTarget<N extends AnyNotice>(
  where: Where,
  { clock, random, warn }: Tools,
  makeCommand: MakeCommand<N>,
): Promise<Target<N> | undefined> {
  if (where.kind === 'command') return makeCommand(await import('./command.ts'))(where.words);
  const { url, secretFile } = where;
  const key = await readSecret(secretFile);
  const webhook = createWebhook({ url, clock, random, key: key.ok ? key.value : undefined });
  if (key.ok) return webhook;
  warn(`drain: notifications are not sent to ${webhook.name}: ${key.failure}`);
  return undefined;
}
