import * as z from 'zod';
import { parseCommandWords } from '../../domain/command-words.ts';
import { type NotifyTarget, noticeGroups } from '../../domain/events/notice.ts';
import { type Failure, fail, ok, type Result } from '../../domain/failure.ts';
import { holdsCredentials } from './web-url.ts';

const words = noticeGroups.join(', ');
const group = z.enum(noticeGroups, `write some of ${words}`);

const fields = z.strictObject({
  webhook: z.string().optional().describe('a URL that gets notices as JSON'),
  command: z
    .string()
    .optional()
    .describe(
      'a command that is run for each notice, without a shell: ./page.sh {rollout} {event}',
    ),
  on: z
    .array(group, `write a list of some of ${words}`)
    .min(1, `write some of ${words}, or leave it out for all of them`)
    .default([...noticeGroups])
    .describe(`which: some of ${words} (default: all)`),
  secretFile: z
    .string()
    .min(1, 'name a file')
    .optional()
    .describe('file with what a webhook is signed with'),
});

/** The fields of a recipient of notices, for what a refusal lists. */
export const notifyFields: readonly string[] = Object.keys(fields.shape);

const target = fields.transform((given, context): NotifyTarget => {
  const { webhook, command, on, secretFile } = given;
  const refuse = ({ what, next }: Pick<Failure, 'what' | 'next'>, field?: string) => {
    const path = field === undefined ? [] : [field];
    context.addIssue({ code: 'custom', message: next ? `${what}; ${next}` : what, path });
    return z.NEVER;
  };
  if ((webhook === undefined) === (command === undefined)) {
    return refuse({ what: 'name one of them, a webhook or a command' });
  }
  if (webhook !== undefined) {
    const url = parseHookUrl(webhook);
    if (!url.ok) return refuse(url.failure, 'webhook');
    return { on, kind: 'webhook', url: url.value, ...(secretFile ? { secretFile } : {}) };
  }
  if (secretFile !== undefined) {
    return refuse({ what: 'a secret signs webhooks; a command gets none' }, 'secretFile');
  }
  const parsed = parseCommandWords(command ?? '', commandOption);
  return parsed.ok
    ? { on, kind: 'command', words: parsed.value }
    : refuse(parsed.failure, 'command');
});

const commandOption = {
  name: 'command',
  advice: 'Say what to run, e.g. ./page.sh {rollout}.',
};

/** `notify` of a plan or config file; an empty list tells nobody. */
export const notifySchema = z.array(target, 'a list is needed, such as - webhook: https://…');

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
