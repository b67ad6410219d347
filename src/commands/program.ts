import type { CommandTable } from './command-line/command.ts';
import { readLine } from './command-line/read-line.ts';
import { handOver } from './command-line/usual-options.ts';
import { daemonRows } from './daemons/rows.ts';
import type { Environment } from './environment.ts';
import { keepalivedRows } from './keepalived/rows.ts';
import { kubeRows } from './kube/rows.ts';
import { printRefusal, Refusal } from './refusal.ts';
import { override, pastMarks, rolloutRows } from './rollouts/rows.ts';
import { serverRows } from './servers/rows.ts';
import { tableRows } from './table/rows.ts';
import { toolRows } from './tools/rows.ts';

/**
 * Every command of `drain`, as data: what it takes, what its help says, and the file that carries it
 * out. A new command is a row in the `rows.ts` of its group, and that file beside it.
 */
export const commandTable: CommandTable = {
  mainForm: {
    summary: 'move connections from old real servers to new ones',
    description:
      'Moves new connections from old real servers to new ones, step by step, and takes the old ones out of the IPVS table when they are empty.',
    options: [...handOver, 'force', override],
    helps: { force: pastMarks },
    notes: [
      'Options stand before or behind the name of a command; drain COMMAND --help has those of a command.',
    ],
    examples: [
      'drain --from 10.0.0.1 --to 10.0.0.2 --over 5m',
      'drain --from 10.0.0.1:8080 --to 10.0.0.2:8080=2,10.0.0.3:8080=1 --curve s-curve',
      'drain plan --from blue --to green -o plan.json && drain apply plan.json',
      'drain out 10.0.0.1 && reboot-it && drain in 10.0.0.1 --check tcp',
      'drain demo',
    ],
    exitCodes: [0, 2, 3, 4, 5, 6, 7, 130],
    load: () => import('./rollouts/hand-over.ts'),
  },
  groups: [
    { heading: 'Rollouts:', commands: rolloutRows },
    { heading: 'Servers:', commands: serverRows },
    { heading: 'The table:', commands: tableRows },
    { heading: 'Daemons:', commands: daemonRows },
    { heading: 'Kubernetes:', commands: kubeRows },
    { heading: 'Configuration of keepalived:', commands: keepalivedRows },
    { heading: 'Tools:', commands: toolRows },
  ],
};

/** The arguments, the version and the environment that a process was started with. */
export interface Invocation {
  readonly argv: readonly string[];
  readonly version: string;
  /** The environment of the process. */
  readonly variables: Readonly<Record<string, string | undefined>>;
}

/** Carries a command line out. Returns the exit code. */
export async function runProgram(
  { argv, version, variables }: Invocation,
  env: Environment,
): Promise<number> {
  const { columns, out } = env;
  const line = readLine(argv, commandTable, { version, variables, columns, out });
  try {
    switch (line.kind) {
      case 'answered':
        return 0;
      case 'refused':
        throw new Refusal([line.failure], line.given);
      case 'call': {
        const { run } = await line.row.load();
        return await run(env, line.input, commandTable);
      }
    }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    if (line.kind !== 'call') return printRefusal(env, error);
    const { commandsOfLine } = await import('./settings.ts');
    return printRefusal(env, error, await commandsOfLine(line.row.name, line.input.given));
  }
}
