import type { OptionName } from '../../config/options/options.ts';
import type { CommandRow } from './command.ts';
import { optionsOf, takes } from './row-options.ts';

/** An environment variable that commands heed. */
export interface Variable {
  readonly term: string;
  readonly text: string;
  /** The variable is heeded by commands that know one of these options. */
  readonly with: readonly OptionName[];
}

const ownVariables: readonly Variable[] = [
  {
    term: 'DRAIN_ETCD_PASSWORD',
    text: 'password of the user that an etcds:// place names; DRAIN_ETCD_PASSWORD_FILE is a file with it',
    with: ['state'],
  },
  {
    term: 'DRAIN_ETCD_CA',
    text: 'file of the authority that etcd is known by, where the place names none; DRAIN_ETCD_CERT and DRAIN_ETCD_KEY are those of drain',
    with: ['state'],
  },
  {
    term: 'DRAIN_RUN_DIR',
    text: 'where tables of this machine are locked for all users and state folders (default: /run/drain)',
    with: ['director'],
  },
  {
    term: 'DOCKER_HOST',
    text: 'the socket of the engine that knows docker://NAME, as unix:///PATH (default: /var/run/docker.sock)',
    with: ['service'],
  },
  {
    term: 'DRAIN_GATE_AUTHORIZATION',
    text: 'the Authorization header of gates over HTTP',
    with: ['gateHttp', 'gatePrometheus'],
  },
  {
    term: 'DRAIN_NOTIFY_SECRET',
    text: 'what webhooks of notify are signed with',
    with: ['report'],
  },
  {
    term: 'DRAIN_SERVE_TOKEN',
    text: 'the token itself, instead of --token-file',
    with: ['tokenFile'],
  },
  {
    term: 'NO_COLOR, FORCE_COLOR',
    text: 'no colours, or colours also where no terminal is',
    with: ['output'],
  },
];

/** The variables that a command heeds: those that stand for its options, then others. */
export const variablesOf = (row: Pick<CommandRow, 'options'>): readonly Variable[] => [
  ...optionsOf(row).flatMap(({ name, flags, variable }) =>
    variable !== undefined
      ? [{ term: variable, text: `stands for ${flags.replace(/ <.*/, '')}`, with: [name] }]
      : [],
  ),
  ...ownVariables.filter((variable) => variable.with.some((name) => takes(row, name))),
];
