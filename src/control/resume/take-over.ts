import { setTimeout as sleep } from 'node:timers/promises';
import type { GivenOptions } from '../../config/options.ts';
import type { ToolSettings } from '../../config/settings.ts';
import { commandText } from '../../domain/rollout-status.ts';
import type { Store } from '../../rollout/ports.ts';
import { goOnAllArounds } from '../around/resume.ts';
import { goOn } from '../conduct/resume-rollout.ts';
import type { Environment } from '../environment.ts';
import { findCutOff, type KnownRollouts } from './find-cut-off.ts';

/** How often it looks; a lock in etcd outlives its holder by several times as much. */
const lookEveryMs = 1_000;

/** One that could not be gone on with is tried again after this time. */
const tryAgainMs = 30_000;

/**
 * `drain resume --all --follow`: stays, and goes on with whatever loses the process that carried it
 * out, until SIGTERM or SIGINT. Then its own rollouts end as `--on-interrupt` says.
 */
export async function followCommand(
  env: Environment,
  given: GivenOptions,
  opened: { readonly tools: ToolSettings; readonly store: Store },
): Promise<number> {
  const { store } = opened;
  const stop = env.listenForStop();
  const once = sayingOnce(env);
  const known: KnownRollouts = new Map();
  const running = new Map<string, Promise<number>>();
  const notBeforeMs = new Map<string, number>();
  let isAtArounds = false;

  const carryOn = (rollout: string): void => {
    env.err(`drain: rollout ${rollout} has nobody who carries it out: going on with it\n`);
    const end = goOn(env, { ...opened, rollout, direction: 'forward', stop });
    running.set(rollout, end);
    void end.then((exitCode) => {
      if (exitCode !== 0) notBeforeMs.set(rollout, performance.now() + tryAgainMs);
      if (!stop.requested()) running.delete(rollout);
    });
  };
  const carryOnArounds = async (): Promise<void> => {
    if (isAtArounds || (notBeforeMs.get('arounds') ?? 0) > performance.now()) return;
    isAtArounds = true;
    const exitCodes = await goOnAllArounds(once, given, opened);
    if (exitCodes.some((code) => code !== 0)) {
      notBeforeMs.set('arounds', performance.now() + tryAgainMs);
    }
    isAtArounds = false;
  };

  env.err('drain: going on with whatever is cut off, until SIGTERM or SIGINT\n');
  let arounds: Promise<void> = Promise.resolve();
  while (!stop.requested()) {
    const found = await findCutOff(once, store, known);
    for (const { rollout, isPaused } of typeof found === 'number' ? [] : found) {
      if (stop.requested() || running.has(rollout)) continue;
      if ((notBeforeMs.get(rollout) ?? 0) > performance.now()) continue;
      if (isPaused) {
        once.err(
          `drain: rollout ${rollout} was paused and has nobody who carries it out; it stays so until somebody says: ${commandText(['resume', rollout])}\n`,
        );
      } else carryOn(rollout);
    }
    if (!isAtArounds) arounds = carryOnArounds();
    await sleep(lookEveryMs, undefined, { signal: stop.signal() }).catch(() => {});
  }
  await arounds;
  return Math.max(0, ...(await Promise.all(running.values())));
}

/** The same again and again is said once, until something else is. */
function sayingOnce(env: Environment): Environment {
  const said = new Set<string>();
  return {
    ...env,
    err(text) {
      if (said.has(text)) return;
      if (said.size > 1_000) said.clear();
      said.add(text);
      env.err(text);
    },
  };
}
