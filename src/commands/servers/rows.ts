import { ownOption, type SharedOption } from '../../config/options/command-options.ts';
import type { CommandArgument, CommandRow } from '../command-line/command.ts';
import { besideJournal } from '../command-line/usual-options.ts';
import { ask, out, override } from '../rollouts/rows.ts';

const ofMaintenance: readonly SharedOption[] = [
  ...(['over', 'every', 'curve', 'steps', 'service', 'poll', 'onInterrupt', 'director'] as const),
  ...(['quorum', 'allowDifferences', 'ipvsadm', ...besideJournal] as const),
  ...(['report', 'dryRun', 'yes', 'reason', 'force'] as const),
];

const ofMoves: readonly SharedOption[] = [
  ...ofMaintenance,
  ...(['until', 'drainTimeout', 'settle', 'check', 'noCheck', 'onFailure'] as const),
  ...(['gateCommand', 'gateHttp', 'gatePrometheus', 'noIpvsGate'] as const),
];

/** Options of commands about servers. */
export const batch = ownOption(
  '--batch <n>',
  'servers at a time: a number, or a share of all, such as 25% (default: 1)',
);
export const outOver = ownOption(
  '--out-over <duration>',
  'take them out with a ramp of this length (default: 0s, at once)',
);
export const checkTimeout = ownOption(
  '--check-timeout <duration>',
  'how long a server may take to pass --check before it gets weight (default: 60s)',
);
export const commandTimeout = ownOption(
  '--command-timeout <duration>',
  'end COMMAND after this time, as a failure (default: none)',
);

const realServers: CommandArgument = {
  placeholder: '<servers...>',
  help: 'real servers, host names, docker://NAME or groups of the config file',
};
const ofServers = 'only these virtual services (default: all that hold the servers)';
const onTimeout = 'hold or rollback when the drain timeout passes (default: hold)';
const slowReturn = 'how slowly the weights come back; 0s is at once (default: 30s)';
const ofUntil =
  'end for now at this part of the way, such as 10%; drain resume and drain promote go on from there';
const ofRollback = {
  drainTimeout: 'how long a rollback waits until an added server is empty (default: 10m)',
  settle: 'how long it must stay empty before a rollback takes it out (default: 5s)',
} as const;
const evenEmpty = 'even where a service is left without weight, or below its floor (minServing)';

const outRow: CommandRow = {
  name: 'out',
  summary: 'take real servers out of service and wait until they are empty',
  description:
    'Takes real servers out of service and waits until they are empty. They stay in the table at weight 0, and their weights are remembered.',
  arguments: [realServers],
  options: [...ofMaintenance, 'drainTimeout', 'settle', 'onTimeout', override],
  helps: {
    over: 'ramp the weight down over this time (default: 0s, no new connection at once)',
    service: ofServers,
    settle: 'how long a server must stay empty (default: 5s)',
    onTimeout,
    force: evenEmpty,
  },
  examples: ['drain out 10.0.0.1', 'drain out web1 web2 --over 1m --drain-timeout 15m'],
  exitCodes: [0, 2, 3, 4, 6, 7, 130],
  load: () => import('./out.ts'),
};

const addRow: CommandRow = {
  name: 'add',
  summary: 'add new real servers to a virtual service, from weight 0 as a ramp',
  description:
    'Adds new real servers to a virtual service, with the forwarding method and the thresholds of its first server, and ramps them up from weight 0. All others keep their proportions among themselves on the way, and have exactly their own weights at the end. drain rollback takes the new servers out again when they are empty.',
  arguments: [
    {
      placeholder: '<servers...>',
      help: 'SERVER or SERVER=WEIGHT (default: the mean of the servers that have weight); without :PORT at the port of the others',
    },
  ],
  options: [...ofMoves, override],
  helps: {
    over: 'length of the ramp; 0s is at once (default: 30s)',
    service: 'the virtual services that the servers come into',
    until: ofUntil,
    ...ofRollback,
    check:
      'must pass before each step, for each new server: http://{address}:{port}/healthz, or tcp',
    force: 'although the service is of a cluster, or a new server takes no connection',
  },
  examples: [
    'drain add 10.0.0.3 --service tcp/10.0.0.100:80',
    "drain add web3=150 --service tcp/10.0.0.100:80 --over 5m --check 'http://{address}:{port}/healthz'",
  ],
  exitCodes: [0, 2, 3, 5, 6, 7, 130],
  load: () => import('./add.ts'),
};

const weightRow: CommandRow = {
  name: 'weight',
  summary: 'give real servers another weight, at once or as a ramp',
  description:
    'Gives real servers another weight. All others keep their proportions among themselves on the way, and have exactly their own weights at the end. With weight 0 a server gets no new connections and stays in the table; drain rollback gives the weights back.',
  arguments: [
    {
      placeholder: '<servers...>',
      help: 'SERVER=N: a real server, host name or group of the config file, and its weight',
    },
  ],
  options: [...ofMoves, override],
  helps: {
    over: 'go there over this time (default: 0s, at once)',
    service: ofServers,
    until: ofUntil,
    ...ofRollback,
    check: 'must pass before each step, for each of the servers',
    force: 'even where a service is left without weight, or a server is out',
  },
  examples: ['drain weight 10.0.0.1=50', 'drain weight web1=150,web2=50 --over 5m'],
  exitCodes: [0, 2, 3, 5, 6, 7, 130],
  load: () => import('./weight.ts'),
};

/** The command that shows the steps of another, and saves them for `drain apply`. */
const plannedRow = (
  { name = '', options, helps = {}, arguments: words = [] }: CommandRow,
  { example, own, load }: PlannedRow,
): CommandRow => ({
  name: `plan ${name}`,
  summary: `show the steps of drain ${name} and change nothing`,
  arguments: words,
  helps,
  options: [...options.filter((option) => option !== override), ...own],
  examples: [`drain plan ${example}`, `drain plan ${example} -o plan.json`],
  exitCodes: [0, 2, 3, 6, 7],
  load,
});

interface PlannedRow extends Pick<CommandRow, 'load'> {
  /** The words of an example behind `drain plan`. */
  readonly example: string;
  /** Options that only the plan has. */
  readonly own: CommandRow['options'];
}

/** Commands that take real servers out of service, and bring them back. */
export const serverRows: readonly CommandRow[] = [
  outRow,
  {
    name: 'in',
    summary: 'bring real servers back to the weights that they had before drain out',
    arguments: [realServers],
    options: [...ofMaintenance, 'weight', 'check', 'onFailure', checkTimeout],
    helps: {
      over: slowReturn,
      service: ofServers,
      weight: 'what each server gets in each service (default: what it had before drain out)',
      check:
        'must pass before a server gets weight, and all through the ramp: http://{address}:{port}/healthz, or tcp',
      force: 'forget servers that have left the table since, or had no weight before',
    },
    examples: ["drain in web1 --check 'http://{address}:{port}/healthz'"],
    exitCodes: [0, 2, 3, 5, 6, 7, 130],
    load: () => import('./in.ts'),
  },
  addRow,
  weightRow,
  {
    name: 'around',
    summary: 'for each batch of real servers: out, run a command, check their health, in',
    description:
      'For each batch of real servers: takes them out, runs a command for each, checks their health, and brings them in.',
    arguments: [realServers],
    takesCommand: true,
    options: [
      ...(['over', 'every', 'service', 'drainTimeout', 'settle', 'poll', 'onTimeout'] as const),
      ...(['check', 'onFailure', 'director', 'quorum', 'allowDifferences', 'ipvsadm'] as const),
      ...[...besideJournal, ...(['dryRun', 'yes', 'reason', 'force'] as const), batch, outOver],
      {
        ...checkTimeout,
        help: 'how long a server may take to pass --check after COMMAND (default: 60s)',
      },
      commandTimeout,
      override,
    ],
    helps: {
      over: slowReturn,
      service: ofServers,
      settle: 'how long a server must be empty before COMMAND is run (default: 5s)',
      onTimeout,
      check:
        'must pass after COMMAND, before a server gets weight, and all through the ramp: http://{address}:{port}/healthz, or tcp',
      force: evenEmpty,
    },
    notes: [
      'COMMAND stands behind --, and is run without a shell once for every server of a batch, at the same time. {server}, {address} and {port} in its words are those of the server, and DRAIN_SERVER, DRAIN_ADDRESS, DRAIN_PORT, DRAIN_BATCH, DRAIN_BATCHES and DRAIN_ROLLOUT are in its environment. It must be fit to be run twice: where this is cut off, drain resume runs it again for a server that it was not done with.',
    ],
    examples: [
      "drain around web1 web2 web3 web4 --batch 2 --check 'http://{address}:{port}/healthz' -- ssh {address} systemctl restart app",
    ],
    exitCodes: [0, 2, 3, 4, 5, 6, 7, 130],
    load: () => import('./around.ts'),
  },
  plannedRow(outRow, {
    ...{ example: 'out web1 --over 1m', own: [out] },
    load: () => import('./plans/out.ts'),
  }),
  plannedRow(addRow, {
    ...{ example: 'add web3=150 --service tcp/10.0.0.100:80', own: [out, ask] },
    load: () => import('./plans/add.ts'),
  }),
  plannedRow(weightRow, {
    ...{ example: 'weight web1=150,web2=50 --over 5m', own: [out, ask] },
    load: () => import('./plans/weight.ts'),
  }),
];
