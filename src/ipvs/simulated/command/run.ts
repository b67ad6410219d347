import { assertNever } from '../../../domain/assert-never.ts';
import type { Result } from '../../../domain/failure.ts';
import { formatSections } from '../../ipvsadm-format.ts';
import type { Section } from '../../listing.ts';
import type { Kernel } from '../kernel.ts';
import { connectionEntries } from '../listings/connection-entries.ts';
import { savedSection, tableSection } from '../listings/listing-sections.ts';
import { describeErrno, type Errno, type KernelCall } from '../table/errno.ts';
import type { Command } from './command.ts';
import { exitWith, type Outcome, refusal, success, tryHelp } from './outcome.ts';
import { parseCommand } from './parse.ts';
import { restoreLines } from './restore-lines.ts';

const versionLine = { ipvs: '1.2.1', connectionTableSize: 4096 } as const;

/** Runs `ipvsadm ARGS <stdin` to its end. `betweenLines` is called before every line of `-R`. */
export function runIpvsadm(
  kernel: Kernel,
  args: readonly string[],
  stdin: string,
  betweenLines: () => void = () => {},
): Outcome {
  if (args.length === 0) return runLine(kernel, ['-L']);
  const parsed = parseOnce(args);
  if (!parsed.ok) return parsed.failure;
  if (parsed.value.kind !== 'restore') return perform(kernel, parsed.value);

  let stdout = '';
  let stderr = '';
  let exitCode = 0;
  for (const words of restoreLines(stdin)) {
    betweenLines();
    const outcome = runLine(kernel, words);
    stdout += outcome.stdout;
    stderr += outcome.stderr;
    // Whatever went wrong before: the exit code is that of the last line.
    exitCode = outcome.exitCode;
    if (outcome.stops) break;
  }
  return { exitCode, stdout, stderr, stops: false };
}

function runLine(kernel: Kernel, words: readonly string[]): Outcome {
  const parsed = parseOnce(words);
  return parsed.ok ? perform(kernel, parsed.value) : parsed.failure;
}

const parsedBefore = new Map<string, Result<Command, Outcome>>();

/** Parses, or remembers what the same words were: a rollout lists in the same ones for all its time. */
function parseOnce(words: readonly string[]): Result<Command, Outcome> {
  const key = words.join('\0');
  const known = parsedBefore.get(key);
  if (known) return known;
  if (parsedBefore.size >= 1_000) parsedBefore.clear();
  const parsed = parseCommand(words);
  parsedBefore.set(key, parsed);
  return parsed;
}

function perform(kernel: Kernel, command: Command): Outcome {
  const { table, timeouts } = kernel;
  switch (command.kind) {
    case 'restore':
      return tryHelp;
    case 'add-service':
      return answer('add-service', table.addService(command.service, command.settings));
    case 'edit-service':
      return answer('edit-service', table.editService(command.service, command.settings));
    case 'delete-service':
      return answer('delete-service', table.deleteService(command.service));
    case 'add-server':
      return answer('add-server', table.addServer(command.service, command.settings));
    case 'edit-server':
      return answer('edit-server', table.editServer(command.service, command.settings));
    case 'delete-server': {
      const { service, address, port } = command;
      return answer('delete-server', table.deleteServer(service, address, port));
    }
    case 'flush':
      table.clear();
      return success();
    case 'zero':
      return answer('zero', table.zero(command.service));
    case 'set':
      timeouts.change(command.timeouts);
      return success();
    case 'start-daemon':
      return refusal('the simulated ipvsadm has no sync daemon');
    case 'stop-daemon':
      return answer('stop-daemon', 'ESRCH');
    case 'list-daemon':
      return success();
    case 'list-timeout':
      return print({ kind: 'timeouts', timeouts: timeouts.current });
    case 'list-connections':
      return print({
        kind: 'connections',
        withEngineData: command.withEngineData,
        entries: connectionEntries(kernel),
      });
    case 'save':
      return print(savedSection({ services: table.services, sorted: true }));
    case 'list':
      return list(kernel, command);
    default:
      return assertNever(command);
  }
}

function list({ table }: Kernel, command: Extract<Command, { kind: 'list' }>): Outcome {
  const { service, sorted, exact } = command;
  if (!service) {
    const section = tableSection(command.table, { services: table.services, sorted });
    return print({ ...section, version: versionLine }, exact);
  }
  const found = table.find(service);
  if (!found) return exitWith(1, '', `${describeErrno('list', 'ESRCH')}\n`);
  return print(tableSection(command.table, { services: [found], sorted }), exact);
}

const print = (section: Section, exact = false): Outcome =>
  success(formatSections([section], { exact }));

const answer = (call: KernelCall, errno: Errno | undefined): Outcome =>
  errno ? refusal(describeErrno(call, errno)) : success();
