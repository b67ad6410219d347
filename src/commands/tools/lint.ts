import { readText } from '../../config/files/checked-file.ts';
import { parseCompiledPlan } from '../../config/files/compiled-plan.ts';
import { parseConfig } from '../../config/files/config-file.ts';
import { type FileKind, fileKindOf } from '../../config/files/file-kind.ts';
import { parseGuardFile } from '../../config/files/guard-file.ts';
import { parseKubeFile } from '../../config/files/kube-file.ts';
import { parsePlanFile } from '../../config/files/plan-file.ts';
import { type GivenOptions, textOf } from '../../config/options/options.ts';
import { isMove, readFileMove } from '../../config/settings/move-settings.ts';
import { readRetirement } from '../../config/settings/retirement-settings.ts';
import { readPaceSettings, readSettings } from '../../config/settings/settings.ts';
import type { Failure, Result } from '../../domain/failure.ts';
import { printable } from '../../domain/printable.ts';
import type { RunCommand } from '../command-line/command.ts';
import type { Environment } from '../environment.ts';
import { printFailures } from '../refusal.ts';

/** `drain lint FILE…`: what is wrong with files, without a director. */
export const run: RunCommand = async (env, { given, operands }) => {
  const asJson = textOf(given, 'output') === 'json';
  let exitCode = 0;
  for (const file of operands) {
    const text = await readText(file);
    const kind = text.ok ? fileKindOf(text.value) : undefined;
    const failure =
      text.ok && kind ? await lint(env, { kind, text: text.value, file }) : failureOf(text);
    if (asJson)
      env.out(`${JSON.stringify({ file, kind, ok: !failure, ...(failure ? { failure } : {}) })}\n`);
    else if (!failure) env.out(`${printable(file)}: ${kindTexts[kind ?? 'plan']}, in order\n`);
    if (!failure) continue;
    exitCode = 2;
    printFailures(env, [failure]);
  }
  return exitCode;
};

const kindTexts: Readonly<Record<FileKind, string>> = {
  plan: 'a plan',
  'compiled-plan': 'a compiled plan',
  config: 'a config file',
  guard: 'a guard file',
  kube: "a cluster's file",
  simulation: 'a simulated director',
};

interface Linted {
  readonly kind: FileKind;
  readonly text: string;
  readonly file: string;
}

async function lint(env: Environment, { kind, text, file }: Linted): Promise<Failure | undefined> {
  switch (kind) {
    case 'plan': {
      const plans = parsePlanFile(text, file);
      if (!plans.ok) return plans.failure;
      return plans.value.map((plan) => failureOf(readRollout(plan))).find(Boolean);
    }
    case 'compiled-plan':
      return failureOf(parseCompiledPlan(text, file));
    case 'config': {
      const config = parseConfig(text, file);
      return failureOf(config.ok ? readPaceSettings(config.value.defaults) : config);
    }
    case 'guard':
      return failureOf(parseGuardFile(text, file));
    case 'kube':
      return failureOf(parseKubeFile(text, file));
    case 'simulation':
      return failureOf(
        await env.openDirectors([{ where: `sim:${file}`, ipvsadm: 'ipvsadm' }], { paced: false }),
      );
  }
}

/** A plan without new servers retires the old ones, or changes weights with nobody to hand over. */
function readRollout(plan: GivenOptions): Result<unknown> {
  if (isMove(plan)) return readFileMove(plan);
  return plan.has('to') ? readSettings(plan) : readRetirement(plan);
}

const failureOf = (result: Result<unknown>): Failure | undefined =>
  result.ok ? undefined : result.failure;
