import type { AroundOptions } from '../../config/around-settings.ts';
import {
  type GivenOption,
  type GivenOptions,
  type OptionName,
  optionSpecs,
} from '../../config/options.ts';
import type { ToolSettings } from '../../config/settings.ts';
import type { KeptOptions } from '../../domain/around.ts';
import type { AroundEventBody } from '../../domain/around-event.ts';
import type { CommandWords } from '../../domain/command-words.ts';
import { ok } from '../../domain/failure.ts';
import { createAroundReporter } from '../../reporters/around-reporter.ts';
import type { StopSwitch, Store } from '../../rollout/ports.ts';
import type { Environment, OpenFleet } from '../environment.ts';

/** What `drain around` is called with beside the options of its rollouts. */
export interface AroundCall extends AroundOptions {
  readonly servers: readonly string[];
  readonly command: CommandWords;
  readonly force: boolean;
}

/** All that one process works with while it goes around. */
export interface AroundWorld {
  /** The same directors, one store and one switch for everything that is called from here. */
  readonly env: Environment;
  readonly store: Store;
  readonly opened: OpenFleet;
  readonly stop: StopSwitch;
  readonly isJson: boolean;
  /** `--output` and `--config`, for the rollouts. */
  readonly given: GivenOptions;
  readonly emit: (event: AroundEventBody) => void;
}

export interface AroundSite {
  readonly around: string;
  readonly store: Store;
  readonly opened: OpenFleet;
  readonly tools: ToolSettings;
  readonly given: GivenOptions;
}

/**
 * The rollouts of an around share its directors (simulated ones would begin anew), its store, and its
 * switch: each of them listening by itself would hear every signal as the first.
 */
export function aroundWorld(env: Environment, site: AroundSite): AroundWorld {
  const { around, store, opened, tools, given } = site;
  const stop = env.listenForStop();
  const isJson = tools.output === 'json';
  const report = createAroundReporter({ write: env.out }, isJson ? 'json' : 'plain');
  return {
    env: {
      ...env,
      listenForStop: () => stop,
      openDirectors: async () => ok(opened),
      openStore: async () => store,
    },
    store,
    opened,
    stop,
    isJson,
    given: new Map([...given].filter(([name]) => name === 'output' || name === 'config')),
    emit: (body) =>
      report({ v: 1, at: new Date(opened.clock.nowMs()).toISOString(), rollout: around, ...body }),
  };
}

/** What one of its rollouts is called with; it asks nothing. */
export function givenFor(world: AroundWorld, kept: KeptOptions): GivenOptions {
  const options = optionSpecs.flatMap(({ name }): readonly [OptionName, GivenOption][] => {
    const option = kept[name];
    return option ? [[name, option]] : [];
  });
  return new Map([...options, ...world.given, ['yes', { values: ['true'], where: '--yes' }]]);
}

export const keptOptions = (given: GivenOptions): KeptOptions =>
  Object.fromEntries(
    [...given].map(([name, { values, where, check }]) => [
      name,
      { values, where, ...(check ? { check } : {}) },
    ]),
  );
