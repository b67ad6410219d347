import type { SharedOption } from '../../config/options/command-options.ts';
import { optionSpecs } from '../../config/options/option-specs.ts';

/** Everything that a rollout can be asked for with. */
export const handOver: readonly SharedOption[] = optionSpecs.map(({ name }) => name);

/** Options of commands whose rollout is in its journal. */
export const besideJournal: readonly SharedOption[] = ['state', 'config', 'output'];

/** Terms that a rollout which has stopped goes on or back with. */
export const resumeTerms: readonly SharedOption[] = [
  'drainTimeout',
  'settle',
  'onTimeout',
  'director',
  'ipvsadm',
  'accept',
];

export const resumeTermHelps = {
  drainTimeout: 'how long to wait for connections from now on (default: as begun with)',
  settle: 'how long a server must stay empty from now on (default: as begun with)',
  onTimeout: 'hold, remove, reset or rollback when that time passes (default: as begun with)',
  director: 'NAME=WHERE: the director is reached there by now',
  ipvsadm: 'how to call ipvsadm on the directors by now, such as ip netns exec lb ipvsadm',
} as const;
