import { fail, ok, type Result } from '../../../domain/failure.ts';
import { parseFlags } from '../listings/scheduler-flags.ts';
import { checkOptions, checkTunnelOptions } from './check-options.ts';
import type { Command } from './command.ts';
import { type Draft, newDraft, serviceAddressOf } from './draft.ts';
import { listCommand, serverCommand, serviceSettings } from './finish.ts';
import { type CommandName, poptOptions, type Spelling } from './options.ts';
import { exitWith, type Outcome, refusal, tryHelp, usageError } from './outcome.ts';
import { PoptReader } from './popt.ts';
import {
  invalidTimeout,
  optionOf,
  parseTimeout,
  takeOption,
  takePersistence,
} from './take-option.ts';

const version = 'ipvsadm v1.31 2019/12/24 (compiled with popt and IPVS v1.2.1)\n';

const commandNames: ReadonlySet<string> = new Set<CommandName>([
  'add-service',
  'edit-service',
  'delete-service',
  'flush',
  'list',
  'add-server',
  'delete-server',
  'edit-server',
  'set',
  'start-daemon',
  'stop-daemon',
  'restore',
  'save',
  'zero',
]);

/**
 * The arguments of ipvsadm 1.31, checked in its order and refused in its words: the first option
 * is the command, then every option by itself, then which options go together.
 */
export function parseCommand(args: readonly string[]): Result<Command, Outcome> {
  const reader = new PoptReader(args, poptOptions);
  const first = reader.read();
  if (first.kind !== 'option') return fail(tryHelp);
  if (first.name === 'version') return fail(exitWith(0, version));
  if (first.name === 'help') return fail(exitWith(0, `${version}(simulated)\n`));
  if (!isCommandName(first.name)) return fail(tryHelp);
  const refused = refuseDaemonState(first.name, first.value);
  if (refused) return fail(refused);

  const draft = newDraft();
  const outcome = readOptions(reader, draft);
  return outcome ? fail(outcome) : finish(first.name, draft, reader.leftovers);
}

const isCommandName = (name: Spelling): name is CommandName => commandNames.has(name);

function refuseDaemonState(command: CommandName, state: string | undefined): Outcome | undefined {
  if (state === undefined || state === 'master' || state === 'backup') return undefined;
  return usageError(
    command === 'start-daemon'
      ? 'illegal start-daemon parameter specified'
      : 'illegal start_daemon specified',
  );
}

function readOptions(reader: PoptReader<Spelling>, draft: Draft): Outcome | undefined {
  for (let event = reader.read(); event.kind !== 'end'; event = reader.read()) {
    if (event.kind === 'error') return refusal(`${event.word}: ${event.problem}`);
    const { name, value, word } = event;
    if (isCommandName(name) || name === 'help' || name === 'version') {
      return usageError(`invalid option \`${word}'`);
    }
    const option = optionOf(name);
    if (option && draft.given.has(option)) {
      return usageError(`multiple '${option}' options specified`);
    }
    if (option) draft.given.add(option);
    const problem =
      name === 'persistent' ? takePersistence(draft, value) : takeOption(draft, name, value ?? '');
    if (problem !== undefined) return usageError(problem);
  }
  return undefined;
}

function finish(
  name: CommandName,
  draft: Draft,
  leftovers: readonly string[],
): Result<Command, Outcome> {
  const timeouts = name === 'set' ? leftovers.slice(0, 3) : [];
  const values = timeouts.map((text) => parseTimeout(text, 0));
  if (name === 'set' && values.length < 3) {
    return fail(usageError('--set option requires 3 timeout values'));
  }
  const invalid = values.indexOf(undefined);
  if (invalid >= 0) return fail(usageError(invalidTimeout(timeouts[invalid])));
  const unexpected = leftovers[timeouts.length];
  if (unexpected !== undefined) return fail(usageError(`unexpected argument ${unexpected}`));

  const flags = parseFlags(draft.scheduler || 'wlc', draft.flags);
  if (typeof flags === 'string') return fail(usageError(flags));
  const problem = checkOptions(name, draft.given);
  if (problem !== undefined) return fail(usageError(problem));
  const [tcpS = 0, tcpFinS = 0, udpS = 0] = values;
  const command = name === 'set' ? setCommand(tcpS, tcpFinS, udpS) : build(name, draft, flags);
  return typeof command === 'string' ? fail(usageError(command)) : ok(command);
}

const setCommand = (tcpS: number, tcpFinS: number, udpS: number): Command => ({
  kind: 'set',
  timeouts: { tcpS, tcpFinS, udpS },
});

/** The command, or ipvsadm's message about the options. */
function build(name: Exclude<CommandName, 'set'>, draft: Draft, flags: number): Command | string {
  const service = serviceAddressOf(draft);
  switch (name) {
    case 'add-service':
    case 'edit-service': {
      const settings = serviceSettings(draft, flags);
      return typeof settings === 'string' ? settings : { kind: name, service, settings };
    }
    case 'delete-service':
      return { kind: name, service };
    case 'add-server':
    case 'edit-server':
      return checkTunnelUse(draft) ?? serverCommand(name, draft);
    case 'delete-server':
      return { kind: name, service, address: draft.server.address, port: draft.server.port };
    case 'zero':
      return { kind: name, service: draft.given.has('service-address') ? service : undefined };
    case 'list':
      return listCommand(draft);
    default:
      return { kind: name };
  }
}

/** Checks address families and tunnel options; both checks come before any about the kernel. */
function checkTunnelUse(draft: Draft): string | undefined {
  const { given, forwarding, server, service, tunnelType } = draft;
  if (server.family !== service.family && forwarding !== 'tunnel') {
    return 'Different address family is allowed only for tunneling servers';
  }
  const tunnelOptions = ['tun-type', 'tun-port', 'tun-nocsum', 'tun-csum', 'tun-remcsum'] as const;
  if (forwarding !== 'tunnel' && tunnelOptions.some((option) => given.has(option))) {
    return 'Tunnel options conflict with forward method';
  }
  return checkTunnelOptions(tunnelType, given);
}
