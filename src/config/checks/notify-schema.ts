import * as z from 'zod';
import { type CommandWords, parseCommandWords } from '../../domain/command-words.ts';
import { type GuardNotifyTarget, guardNoticeGroups } from '../../domain/events/guard-notice.ts';
import { type NotifyTarget, noticeGroups } from '../../domain/events/notice.ts';
import { type Failure, fail, ok, type Result } from '../../domain/failure.ts';
import { periodOf } from './period.ts';
import { holdsCredentials } from './web-url.ts';

/** The fields of a recipient that gets notices of these groups. */
const recipientFields = <G extends string>(groups: readonly [G, ...G[]], example: string) => {
  const words = groups.join(', ');
  const group = z.enum(groups as readonly [G, ...G[]], `write some of ${words}`);
  return {
    webhook: z.string().optional().describe('a URL that gets notices as JSON'),
    command: z
      .string()
      .optional()
      .describe(`a command that is run for each notice, without a shell: ${example}`),
    on: z
      .array(group, `write a list of some of ${words}`)
      .min(1, `write some of ${words}, or leave it out for all of them`)
      .default([...groups] as never)
      .describe(`which: some of ${words} (default: all)`),
    secretFile: z
      .string()
      .min(1, 'name a file')
      .optional()
      .describe('file with what a webhook is signed with'),
  };
};

const fields = z.strictObject(recipientFields(noticeGroups, './page.sh {rollout} {event}'));

/** The fields of a recipient of notices, for what a refusal lists. */
export const notifyFields: readonly string[] = Object.keys(fields.shape);

/** A webhook or a command, as it was given; and the reason why it is neither. */
interface GivenRecipient {
  readonly webhook?: string | undefined;
  readonly command?: string | undefined;
  readonly secretFile?: string | undefined;
}

type Where =
  | { readonly kind: 'webhook'; readonly url: string; readonly secretFile?: string }
  | { readonly kind: 'command'; readonly words: CommandWords };

const target = fields.transform(({ on, ...given }, context): NotifyTarget => {
  const where = whereOf(given, context);
  return where === undefined ? z.NEVER : { on, ...where };
});

function whereOf(
  { webhook, command, secretFile }: GivenRecipient,
  context: { addIssue(issue: { code: 'custom'; message: string; path: string[] }): void },
): Where | undefined {
  const refuse = ({ what, next }: Pick<Failure, 'what' | 'next'>, field?: string): undefined => {
    const path = field === undefined ? [] : [field];
    context.addIssue({ code: 'custom', message: next ? `${what}; ${next}` : what, path });
    return undefined;
  };
  if ((webhook === undefined) === (command === undefined)) {
    return refuse({ what: 'name one of them, a webhook or a command' });
  }
  if (webhook !== undefined) {
    const url = parseHookUrl(webhook);
    if (!url.ok) return refuse(url.failure, 'webhook');
    return { kind: 'webhook', url: url.value, ...(secretFile ? { secretFile } : {}) };
  }
  if (secretFile !== undefined) {
    return refuse({ what: 'a secret signs webhooks; a command gets none' }, 'secretFile');
  }
  const parsed = parseCommandWords(command ?? '', commandOption);
  return parsed.ok ? { kind: 'command', words: parsed.value } : refuse(parsed.failure, 'command');
}

const commandOption = {
  name: 'command',
  advice: 'Say what to run, e.g. ./page.sh {rollout}.',
};

/** `notify` of a plan or config file; an empty list tells nobody. */
export const notifySchema = z.array(target, 'a list is needed, such as - webhook: https://…');

const usual = { groupFor: 5_000, every: 60_000 };

const guardFields = z.strictObject({
  ...recipientFields(guardNoticeGroups, './page.sh {event}'),
  groupFor: periodOf(0, '5s, or 0s for at once')
    .default(usual.groupFor)
    .describe('how long news is collected for the first notice about it (default: 5s)'),
  every: periodOf(0, '1m, or 0s for no limit')
    .default(usual.every)
    .describe(
      'the least time between two notices; what happens meanwhile is in the next (default: 1m)',
    ),
});

/** The fields of a recipient of a guard's notices, for what a refusal lists. */
export const guardNotifyFields: readonly string[] = Object.keys(guardFields.shape);

const guardTarget = guardFields.transform(
  ({ on, groupFor, every, ...given }, context): GuardNotifyTarget => {
    const where = whereOf(given, context);
    return where === undefined ? z.NEVER : { on, groupForMs: groupFor, everyMs: every, ...where };
  },
);

/** `notify` of a guard file. */
export const guardNotifySchema = z.array(
  guardTarget,
  'a list is needed, such as - webhook: https://…',
);

/** Reads a webhook's URL; a failure never repeats the URL, which may hold a token. */
function parseHookUrl(text: string): Result<string, Pick<Failure, 'what' | 'next'>> {
  const url = text.trim();
  if (holdsCredentials(url)) {
    const next = 'leave them out; with a secret its requests are signed';
    return fail({ what: 'the URL has a user or a password in it', next });
  }
  if (!/^https?:\/\/[^/?#]/i.test(url) || !URL.canParse(url)) {
    const next = 'write it like https://hooks.example.com/drain';
    return fail({ what: 'this is no http:// or https:// URL', next });
  }
  return ok(url);
}
