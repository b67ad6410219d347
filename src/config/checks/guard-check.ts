import * as z from 'zod';
import { type CommandWords, parseCommandWords } from '../../domain/command-words.ts';
import type { CheckTiming, GuardCheck } from '../../domain/health/guard.ts';
import { checkFields, checkSchema } from './check-schema.ts';

export interface GivenCheck {
  readonly check: GuardCheck;
  /** Timing that the check itself gives. */
  readonly timing: {
    readonly interval?: number;
    readonly timeout?: number;
    readonly rise?: number;
    readonly fall?: number;
  };
}

/** The fields of a check in a guard's file, for what a refusal lists. */
export const checkFieldsAt: readonly string[] = [...checkFields, 'command'];

const word = z
  .string()
  .min(1, 'an empty word')
  .refine((text) => !text.includes('\0'), 'holds a null character');

/** `./check-dns {address}` is split at blanks; a list holds the words as they are. No shell either way. */
const words = z
  .union([z.string(), z.array(word).min(1)], 'write a command')
  .transform((value, ctx) => {
    const parsed =
      typeof value === 'string'
        ? parseCommandWords(value, { name: 'command', advice: 'Say what to run.' })
        : { ok: true as const, value: value as unknown as CommandWords };
    if (!parsed.ok) {
      ctx.addIssue({ code: 'custom', message: parsed.failure.what });
      return z.NEVER;
    }
    const unknown = parsed.value.flatMap((one) => /\{(?!address\}|port\})\w*\}/.exec(one) ?? [])[0];
    if (unknown !== undefined) {
      const message = `${unknown} means nothing: {address} and {port} are the server's`;
      ctx.addIssue({ code: 'custom', message });
      return z.NEVER;
    }
    return parsed.value;
  });

const commandCheck = z.strictObject({ command: words });

/** A check as in a plan, `tcp`, a URL or a mapping; or `{command: [./check-dns, "{address}"]}`. */
export const guardCheck: z.ZodType<GivenCheck> = z.unknown().transform((raw, ctx) => {
  if (raw === undefined) {
    ctx.addIssue({ code: 'custom', message: 'say how a server is asked, for example check: tcp' });
    return z.NEVER;
  }
  const isCommand = typeof raw === 'object' && raw !== null && 'command' in raw;
  const checked = isCommand ? commandCheck.safeParse(raw) : checkSchema.safeParse(raw);
  if (!checked.success) {
    for (const issue of checked.error.issues) ctx.addIssue({ ...issue, input: raw } as never);
    return z.NEVER;
  }
  if ('command' in checked.data) {
    return { check: { kind: 'command', words: checked.data.command }, timing: {} };
  }
  const { probe, ...timing } = checked.data;
  return { check: { kind: 'probe', probe }, timing: saidIn(raw, timing) };
});

/** The timing that a check itself gives; `defaults` come before what its schema filled in. */
function saidIn(raw: unknown, timing: CheckTiming): GivenCheck['timing'] {
  if (typeof raw !== 'object' || raw === null) return {};
  return {
    ...('interval' in raw ? { interval: timing.intervalMs } : {}),
    ...('timeout' in raw ? { timeout: timing.timeoutMs } : {}),
    ...('rise' in raw ? { rise: timing.rise } : {}),
    ...('fall' in raw ? { fall: timing.fall } : {}),
  };
}
