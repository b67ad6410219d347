import { optionSpecs } from '../../config/options/option-specs.ts';
import type { OptionName } from '../../config/options/options.ts';

/** Everything that a rollout can be asked for with. */
export const handOver: readonly OptionName[] = optionSpecs.map(({ name }) => name);

/** Options of commands whose rollout is in its journal. */
export const besideJournal: readonly OptionName[] = ['state', 'config', 'output'];
