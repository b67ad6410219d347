import type { OptionName } from '../config/options.ts';
import type { MaintenanceDirection } from '../domain/maintenance.ts';

/** Options of every rollout that has a ramp of its own. */
const ramps: readonly OptionName[] = ['over', 'every', 'curve', 'steps', 'service', 'poll'];
const places: readonly OptionName[] = [
  'onInterrupt',
  'director',
  'quorum',
  'allowDifferences',
  'ipvsadm',
  'state',
  'output',
  'report',
  'config',
  'dryRun',
  'yes',
];

export interface MaintenanceWords {
  readonly direction: MaintenanceDirection;
  readonly description: string;
  readonly options: readonly OptionName[];
  /** Where an option means something else than in a hand-over. */
  readonly helps: Partial<Record<OptionName, string>>;
  readonly force: string;
}

const ofServers = 'only these virtual services (default: all that hold the servers)';

/** `drain out` and `drain in` as the command line knows them. */
export const maintenanceWords: readonly MaintenanceWords[] = [
  {
    direction: 'out',
    description:
      'take real servers out of service and wait until they are empty; they stay in the table at weight 0, and their weights are remembered',
    options: [...ramps, 'drainTimeout', 'settle', 'onTimeout', ...places],
    helps: {
      over: 'ramp the weight down over this time (default: 0s, no new connection at once)',
      service: ofServers,
      settle: 'how long a server must stay empty (default: 5s)',
      onTimeout: 'hold or rollback when the drain timeout passes (default: hold)',
    },
    force: 'even where a service is left without weight',
  },
  {
    direction: 'in',
    description: 'bring real servers back to the weights that they had before drain out',
    options: [...ramps, 'weight', 'check', 'onFailure', ...places],
    helps: {
      over: 'how slowly the weights come back; 0s is at once (default: 30s)',
      service: ofServers,
      weight: 'what each server gets in each service (default: what it had before drain out)',
      check:
        'must pass before a server gets weight, and all through the ramp: http://{address}:{port}/healthz, or tcp',
    },
    force: 'forget servers that have left the table since',
  },
];
