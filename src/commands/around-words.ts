import type { OptionName } from '../config/options.ts';
import type { CommandWords } from '../domain/command-words.ts';
import type { AroundCallWords } from './around.ts';

/** `drain around` as the command line knows it. */
export const aroundWords: {
  readonly description: string;
  readonly options: readonly OptionName[];
  readonly helps: Partial<Record<OptionName, string>>;
  readonly more: readonly (readonly [flags: string, help: string])[];
} = {
  description:
    'for each batch of real servers: take them out, run a command for each, check their health, bring them in',
  options: [
    ...(['over', 'every', 'service', 'drainTimeout', 'settle', 'poll', 'onTimeout'] as const),
    ...([
      'check',
      'onFailure',
      'director',
      'quorum',
      'allowDifferences',
      'ipvsadm',
      'state',
      'output',
      'config',
    ] as const),
    ...(['dryRun', 'yes'] as const),
  ],
  helps: {
    over: 'how slowly the weights come back; 0s is at once (default: 30s)',
    service: 'only these virtual services (default: all that hold the servers)',
    settle: 'how long a server must be empty before COMMAND is run (default: 5s)',
    onTimeout: 'hold or rollback when the drain timeout passes (default: hold)',
    check:
      'must pass after COMMAND, before a server gets weight, and all through the ramp: http://{address}:{port}/healthz, or tcp',
  },
  more: [
    ['--batch <n>', 'servers at a time: a number, or a share of all, such as 25% (default: 1)'],
    ['--out-over <duration>', 'take them out with a ramp of this length (default: 0s, at once)'],
    [
      '--check-timeout <duration>',
      'how long a server may take to pass --check after COMMAND (default: 60s)',
    ],
    ['--command-timeout <duration>', 'end COMMAND after this time, as a failure (default: none)'],
    ['--force', 'even where a service is left without weight'],
  ],
};

export const aroundHelp = `
COMMAND stands behind --, and is run without a shell once for every server of a batch, at the same
time. {server}, {address} and {port} in its words are those of the server, and DRAIN_SERVER,
DRAIN_ADDRESS, DRAIN_PORT, DRAIN_BATCH, DRAIN_BATCHES and DRAIN_ROLLOUT are in its environment. It must
be fit to be run twice: where this is cut off, drain resume runs it again for a server that it was not
done with.

  drain around web1 web2 web3 web4 --batch 2 --check http://{address}:{port}/healthz \\
    -- ssh {address} systemctl restart app`;

/** What stands behind the first `--` is COMMAND, whatever it looks like. */
export function splitCommand(argv: readonly string[]): {
  readonly argv: readonly string[];
  readonly command: CommandWords | undefined;
} {
  const at = argv[0] === 'around' ? argv.indexOf('--') : -1;
  if (at < 0) return { argv, command: undefined };
  const [file, ...args] = argv.slice(at + 1);
  return { argv: argv.slice(0, at), command: file ? [file, ...args] : undefined };
}

/** The options of `more` among what commander has read. */
export function aroundCall(
  servers: readonly string[],
  command: CommandWords,
  options: Readonly<Record<string, unknown>>,
): AroundCallWords {
  const text = (name: 'batch' | 'outOver' | 'checkTimeout' | 'commandTimeout') =>
    typeof options[name] === 'string' ? { [name]: options[name] } : {};
  return {
    servers,
    command,
    force: options.force === true,
    ...text('batch'),
    ...text('outOver'),
    ...text('checkTimeout'),
    ...text('commandTimeout'),
  };
}
