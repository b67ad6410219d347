import type { HostFacts } from '../../domain/ipvs/host-facts.ts';
import type { CommandResult } from '../../rollout/ports.ts';
import { factFiles, factsOfFiles } from './fact-files.ts';
import { withServices } from './managers/managed-services.ts';
import { type RunningProcess, tableManagersAmong } from './managers/table-managers.ts';

/** Runs a command where the director's `ipvsadm` runs. */
export type RunThere = (argv: readonly [string, ...string[]]) => Promise<CommandResult>;

/**
 * The facts of a network namespace, container or machine that only a command can enter: two
 * processes, at the same time, and for a program that manages the table two more. Where grep or a ps(1) that knows namespaces is missing, so is what it
 * would have said.
 */
export async function readProcThroughCommand(run: RunThere): Promise<HostFacts> {
  const paths = factFiles.map((name) => `/proc/${name}`);
  const [files, processes] = await Promise.all([
    // -H names the file before each line, -s passes over one that is missing.
    run(['grep', '-H', '-s', '', ...paths]),
    run(['ps', '-e', '-o', 'pid=,netns=,comm=']),
  ]);
  const running = parseProcesses(printed(processes));
  const facts = factsOfFiles(parseFiles(printed(files)));
  if (running.length === 0) return facts;
  const managers = tableManagersAmong(running, ownNamespace(running));
  const read = async (path: string) => {
    const result = await run(['cat', path]);
    return result.kind === 'exited' && result.exitCode === 0 ? result.stdout : undefined;
  };
  return { ...facts, managers: await withServices(managers, read) };
}

/**
 * The output of a command that ended, whatever its exit code: grep exits with 2 for a missing file
 * although it has printed the others.
 */
const printed = (result: CommandResult): string => (result.kind === 'exited' ? result.stdout : '');

/** `/proc/sys/net/ipv4/vs/conn_reuse_mode:1`. */
function parseFiles(text: string): ReadonlyMap<string, string> {
  const lines = text.split('\n').map((line) => /^\/proc\/([^:]+):(.*)$/.exec(line));
  return new Map(lines.flatMap((found) => (found ? [[found[1] ?? '', found[2] ?? '']] : [])));
}

/** `  812 4026531840 keepalived`; a namespace that may not be seen is `-`. */
function parseProcesses(text: string): readonly RunningProcess[] {
  return text.split('\n').flatMap((line) => {
    const [, pid, netNamespace = '-', comm = ''] =
      /^\s*(\d+)\s+(\d+|-)\s+(.+?)\s*$/.exec(line) ?? [];
    if (pid === undefined) return [];
    const seen = { pid: Number(pid), comm };
    return [netNamespace === '-' ? seen : { ...seen, netNamespace }];
  });
}

/**
 * The namespace of the ps that was asked, which is in its own list; another ps may be there too,
 * and then nobody can tell.
 */
function ownNamespace(processes: readonly RunningProcess[]): string | undefined {
  const seen = new Set(
    processes.filter(({ comm }) => comm === 'ps').map(({ netNamespace }) => netNamespace),
  );
  return seen.size === 1 ? [...seen][0] : undefined;
}
