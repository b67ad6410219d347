import { type CommandName, type OptionName, optionNames } from './options.ts';

interface Rule {
  readonly required?: readonly OptionName[];
  readonly optional?: readonly OptionName[];
  /** Options of which at most one may be given. */
  readonly exclusive?: readonly OptionName[];
}

const service: Rule = {
  required: ['service-address'],
  optional: ['scheduler', 'persistent', 'netmask', 'ops', 'pe', 'sched-flags'],
};

const server: Rule = {
  required: ['service-address', 'real-server'],
  optional: [
    'forwarding-method',
    'weight',
    'u-threshold',
    'l-threshold',
    'tun-type',
    'tun-port',
    'tun-nocsum',
    'tun-csum',
    'tun-remcsum',
  ],
};

/** `commands_v_options` of ipvsadm.c. */
const rules: Readonly<Record<CommandName, Rule>> = {
  'add-service': service,
  'edit-service': service,
  'delete-service': { required: ['service-address'] },
  flush: {},
  list: {
    optional: [
      'numeric',
      'stats',
      'rate',
      'thresholds',
      'persistent-conn',
      'nosort',
      'syncid',
      'exact',
      'tun-info',
    ],
    exclusive: ['connection', 'service-address', 'timeout', 'daemon'],
  },
  'add-server': server,
  'delete-server': { required: ['service-address', 'real-server'] },
  'edit-server': server,
  set: {},
  'start-daemon': {
    optional: ['mcast-interface', 'syncid'],
  },
  'stop-daemon': { optional: ['syncid'] },
  restore: {},
  save: { optional: ['numeric'] },
  zero: { optional: ['service-address'] },
};

export type TunnelType = 'ipip' | 'gue' | 'gre';

/** `tunnel_types_v_options`. */
const tunnelRules: Readonly<Record<TunnelType, Rule>> = {
  ipip: {},
  gue: { required: ['tun-port'], exclusive: ['tun-nocsum', 'tun-csum', 'tun-remcsum'] },
  gre: { exclusive: ['tun-nocsum', 'tun-csum'] },
};

const tunnelOptions = ['tun-port', 'tun-nocsum', 'tun-csum', 'tun-remcsum'] as const;

/** The message of ipvsadm when an option is missing, out of place, or excluded by another. */
export function checkOptions(
  command: CommandName,
  given: ReadonlySet<OptionName>,
): string | undefined {
  return check({ options: optionNames, given, owner: `'${command}' command` }, rules[command]);
}

/** The message of ipvsadm about the options that depend on `--tun-type`. */
export function checkTunnelOptions(
  type: TunnelType,
  given: ReadonlySet<OptionName>,
): string | undefined {
  return check(
    { options: tunnelOptions, given, owner: `'${type}' tunnel type` },
    tunnelRules[type],
  );
}

interface Subject {
  readonly options: readonly OptionName[];
  readonly given: ReadonlySet<OptionName>;
  readonly owner: string;
}

function check({ options, given, owner }: Subject, rule: Rule): string | undefined {
  const { required = [], optional = [], exclusive = [] } = rule;
  let chosen: OptionName | undefined;
  for (const option of options) {
    if (!given.has(option)) {
      if (!required.includes(option)) continue;
      return `You need to supply the '${option}' option for the ${owner}`;
    }
    if (exclusive.includes(option)) {
      if (chosen) {
        return `The option '${option}' conflicts with the '${chosen}' option in the ${owner}`;
      }
      chosen = option;
    } else if (!required.includes(option) && !optional.includes(option)) {
      return `Illegal '${option}' option with the ${owner}`;
    }
  }
  return undefined;
}
