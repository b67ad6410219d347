import type { GivenOptions } from '../config/options.ts';
import { readReturnPace, readToolSettings, type ToolSettings } from '../config/settings.ts';
import { foldJournal } from '../rollout/journal.ts';
import type { ControlRequest, Store } from '../rollout/ports.ts';
import { withConfig } from './compile-plan.ts';
import type { Environment } from './environment.ts';
import { goOn } from './go-on.ts';
import { controlAround, goOnAllArounds, goOnAround } from './go-on-around.ts';
import { resourcesOf } from './rollout-resources.ts';
import { printFailures, refuse } from './run-plan.ts';

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
  return { tools: tools.value, store: await env.openStore(tools.value.state, 'local') };
}

/** `drain resume ID`, or with `all` every rollout that was cut off by a crash or a shutdown. */
export async function resumeCommand(
  env: Environment,
  given: GivenOptions,
  rollout: string | 'all',
): Promise<number> {
  const opened = await openTools(env, given);
  if ('exitCode' in opened) return opened.exitCode;
  const { store } = opened;
  const asAround =
    rollout === 'all' ? undefined : await goOnAround(env, given, opened, rollout, 'forward');
  if (asAround !== undefined) return asAround;
  // First, for they go on with their own rollouts.
  const arounds = rollout === 'all' ? await goOnAllArounds(env, given, opened) : [];
  const rollouts = rollout === 'all' ? await cutOff(env, store) : [rollout];
  if (typeof rollouts === 'number') return rollouts;
  if (rollouts.length + arounds.length === 0) env.err('drain: no rollout was cut off\n');
  const stop = env.listenForStop();
  const exitCodes = await Promise.all(
    rollouts.map((id) => goOn(env, { ...opened, rollout: id, direction: 'forward', stop })),
  );
  return Math.max(0, ...arounds, ...exitCodes);
}

/** SIGTERM is what a machine that goes down sends first. */
const shutDownCode = 143;

/** Rollouts without an end, or held by a shutdown. What a person or a conflict held stays held. */
async function cutOff(env: Environment, store: Store): Promise<readonly string[] | number> {
  const ids = await store.list();
  if (!ids.ok) return printFailures(env, [ids.failure]);
  const found: string[] = [];
  for (const id of ids.value) {
    const entries = await store.read(id);
    if (!entries.ok) {
      printFailures(env, [entries.failure]);
      continue;
    }
    const { end, plan, access } = foldJournal(entries.value);
    if (end && end.exitCode !== shutDownCode) continue;
    const [resource = ''] = resourcesOf(plan, access);
    if ((await store.holder(resource))?.rollout !== id) found.push(id);
  }
  return found;
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
    env.err(`drain: asked process ${holder.pid} to ${request.kind} rollout ${rollout}\n`);
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
      next: `go on with drain resume ${rollout}, or back with drain rollback ${rollout}`,
    },
  ]);
}
