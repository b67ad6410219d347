import type { GivenOption, GivenOptions, OptionName } from '../../../config/options/options.ts';
import { printable } from '../../../domain/printable.ts';
import type { RunCommand } from '../../command-line/command.ts';
import type { Environment } from '../../environment.ts';
import { Refusal } from '../../refusal.ts';
import { lookFor } from './look.ts';
import { isShell, scripts } from './scripts.ts';
import { type Candidate, type Wanted, wantedAt } from './wanted.ts';

/** `drain completion SHELL`: its script; with `-- WORDS` what fits as the last of them. */
export const run: RunCommand = async (env, { given, operands, command }, table) => {
  const [shell = ''] = operands;
  if (!isShell(shell)) {
    throw new Refusal([
      {
        kind: 'usage',
        what: `there is no completion for ${printable(shell)}`,
        next: 'name bash, zsh or fish',
      },
    ]);
  }
  const asJson = given.get('output')?.values.at(-1) === 'json';
  if (!command) {
    const script = scripts[shell];
    env.out(asJson ? `${JSON.stringify({ shell, script })}\n` : script, { kind: 'data' });
    return 0;
  }
  const wanted = wantedAt(table, command.slice(1));
  if (wanted.looked.includes('files')) {
    env.out(asJson ? '{"files":true}\n' : ':files\n');
    return 0;
  }
  const lines = (await candidatesFor(env, given, wanted)).map(({ value, help }) => {
    const whole = { value: `${wanted.kept}${value}`, ...(help === undefined ? {} : { help }) };
    return asJson ? JSON.stringify(whole) : [whole.value, ...(help ? [help] : [])].join('\t');
  });
  env.out(lines.map((line) => `${line}\n`).join(''), { kind: 'data' });
  return 0;
};

/** At a Tab nobody wants to hear what is wrong: what cannot be found is not offered. */
async function candidatesFor(
  env: Environment,
  given: GivenOptions,
  wanted: Wanted,
): Promise<readonly Candidate[]> {
  const found: Candidate[] = [...wanted.fixed];
  const all = new Map<OptionName, GivenOption>([...given, ...wanted.given]);
  for (const kind of wanted.looked) {
    if (kind !== 'files') found.push(...(await lookFor(env, all, kind).catch(() => [])));
  }
  const already = new Set(wanted.kept.replace(/^--[\w-]+=/, '').split(','));
  return found
    .filter(({ value }) => value.startsWith(wanted.begun) && !already.has(value))
    .map(({ value, help }) => ({
      value: printable(value),
      ...(help === undefined ? {} : { help: printable(help) }),
    }));
}
