import { readConfig } from '../../config/files/read-config.ts';
import { type GivenOptions, isOn, textOf } from '../../config/options/options.ts';
import { type AroundOptions, readAroundSettings } from '../../config/settings/around-settings.ts';
import { maintenanceTerms } from '../../config/settings/maintenance-settings.ts';
import { goAround } from '../../control/around/around.ts';
import { scopeOf } from '../../control/scope.ts';
import type { Failure } from '../../domain/failure.ts';
import { askerOf } from '../asker.ts';
import { audienceOf } from '../audience.ts';
import type { RunCommand } from '../command-line/command.ts';
import { orRefuse, Refusal } from '../refusal.ts';
import { override } from '../rollouts/rows.ts';
import { batch, checkTimeout, commandTimeout, outOver } from './rows.ts';

/** `drain around SERVER… -- COMMAND`: out, the command, health, in. */
export const run: RunCommand = async (env, { given, operands: servers, command }) => {
  if (!command) throw new Refusal([noCommand], given);
  const config = orRefuse(await readConfig(given), given);
  const settings = orRefuse(readAroundSettings(given, config.defaults, ownOptions(given)), given);
  const { tools, batch, commandTimeoutMs } = settings;
  const call = {
    servers,
    command,
    commandTimeoutMs,
    batch,
    force: isOn(given, 'force'),
    pastFreeze: isOn(given, override.name) ? ('override' as const) : undefined,
    out: maintenanceTerms(settings.out),
    in: maintenanceTerms(settings.in),
    dryRun: tools.dryRun,
  };
  const actor = await askerOf(env, given, config);
  const audience = audienceOf(env, { tools, given, actor });
  const scope = scopeOf(tools, config);
  return orRefuse(await goAround(env, call, { scope, audience }), given).exitCode;
};

const ownOptions = (given: GivenOptions): AroundOptions => ({
  batch: textOf(given, batch.name),
  outOver: textOf(given, outOver.name),
  checkTimeout: textOf(given, checkTimeout.name),
  commandTimeout: textOf(given, commandTimeout.name),
});

const noCommand: Failure = {
  kind: 'usage',
  what: 'COMMAND is missing',
  next: 'put it behind --, for example: drain around 10.0.0.1 -- ssh {address} reboot',
};
