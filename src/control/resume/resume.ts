import type { GivenOptions } from '../../config/options.ts';
import { readReturnPace, readToolSettings, type ToolSettings } from '../../config/settings.ts';
import { printable } from '../../domain/printable.ts';
import { resourcesOf } from '../../domain/rollout-locks.ts';
import { commandText } from '../../domain/rollout-status.ts';
import type { ControlRequest, Store } from '../../rollout/ports.ts';
import { foldJournal } from '../../rollout/state/journal.ts';
import { controlAround, goOnAllArounds, goOnAround } from '../around/resume.ts';
import { withConfig } from '../compile-plan.ts';
import { goOn } from '../conduct/resume-rollout.ts';
import type { Environment } from '../environment.ts';
import { printFailures, refuse } from '../refuse.ts';
import { findCutOff } from './find-cut-off.ts';
import { followCommand } from './take-over.ts';

interface Tools {
  readonly tools: ToolSettings;
  readonly store: Store;
}

/** Reads the options that do not describe a rollout, and opens the store they name. */
export async function openTools(
  env: Environment,
  given: GivenOptions,
): Promise<Tools | { readonly exitCode: number }> {
  const configured = await withConfig(given);
  if (!configured.ok) return { exitCode: refuse(env, given, [configured.failure]) };
  const tools = readToolSettings(configured.value.given);
  if (!tools.ok) return { exitCode: refuse(env, given, [tools.failure]) };
  return { tools: tools.value, store: await env.openStore(tools.value.state) };
}

/**
 * `drain resume ID`, with `all` every rollout that was cut off by a crash or a shutdown, and with
 * `follow` those that will be as well.
 */
export async function resumeCommand(
  env: Environment,
  given: GivenOptions,
  rollout: string | 'all' | 'follow',
): Promise<number> {
  const opened = await openTools(env, given);
  if ('exitCode' in opened) return opened.exitCode;
  if (rollout === 'follow') return followCommand(env, given, opened);
  const { store } = opened;
  const asAround =
    rollout === 'all' ? undefined : await goOnAround(env, given, opened, rollout, 'forward');
  if (asAround !== undefined) return asAround;
  // First, for they go on with their own rollouts.
  const arounds = rollout === 'all' ? await goOnAllArounds(env, given, opened) : [];
  const found = rollout === 'all' ? await findCutOff(env, store) : [{ rollout }];
  if (typeof found === 'number') return found;
  const rollouts = found.map((one) => one.rollout);
  if (rollouts.length + arounds.length === 0) env.err('drain: no rollout was cut off\n');
  const stop = env.listenForStop();
  const exitCodes = await Promise.all(
    rollouts.map((id) => goOn(env, { ...opened, rollout: id, direction: 'forward', stop })),
  );
  return Math.max(0, ...arounds, ...exitCodes);
}

/** `drain rollback ID [--over D]`: at once, or as a ramp. */
export async function rollbackCommand(
  env: Environment,
  given: GivenOptions,
  rollout: string,
): Promise<number> {
  // Only as it was asked for here: a length of ramps in the config file is about the way forward.
  const pace = readReturnPace(given);
  if (!pace.ok) return refuse(env, given, [pace.failure]);
  const request = pace.value ? { pace: pace.value } : {};
  return controlCommand(env, given, rollout, { kind: 'rollback', ...request });
}

/** `drain pause|continue|rollback ID`: asks the process that runs it, or goes back itself where none does. */
export async function controlCommand(
  env: Environment,
  given: GivenOptions,
  rollout: string,
  request: ControlRequest,
): Promise<number> {
  const opened = await openTools(env, given);
  if ('exitCode' in opened) return opened.exitCode;
  const { store } = opened;
  const asAround = await controlAround(env, given, opened, rollout, request);
  if (asAround !== undefined) return asAround;
  const entries = await store.read(rollout);
  if (!entries.ok) return printFailures(env, [entries.failure]);
  const { plan, access } = foldJournal(entries.value);
  const [resource = ''] = resourcesOf(plan, access);
  const holder = await store.holder(resource);
  if (holder?.rollout === rollout) {
    const asked = await store.ask(rollout, request);
    if (!asked.ok) return printFailures(env, [asked.failure]);
    const host = holder.host === undefined ? '' : ` on ${printable(holder.host)}`;
    env.err(`drain: asked process ${holder.pid}${host} to ${request.kind} rollout ${rollout}\n`);
    return 0;
  }
  if (request.kind === 'rollback') {
    const { pace } = request;
    return goOn(env, {
      ...opened,
      rollout,
      direction: 'back',
      stop: env.listenForStop(),
      ...(pace ? { pace } : {}),
    });
  }
  return printFailures(env, [
    {
      kind: 'usage',
      what: `rollout ${rollout} is not running, so there is nothing to ${request.kind}`,
      next: `go on with ${commandText(['resume', rollout])}, or back with ${commandText(['rollback', rollout])}`,
    },
  ]);
}
