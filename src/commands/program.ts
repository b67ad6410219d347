import { Command, CommanderError, Option } from 'commander';
import {
  type GivenOption,
  type GivenOptions,
  type OptionName,
  optionSpecs,
  serveOptionSpecs,
} from '../config/options.ts';
import { printable } from '../domain/printable.ts';
import { aroundCall, aroundHelp, aroundWords, splitCommand } from './around-words.ts';
import type { Environment } from './environment.ts';
import { maintenanceWords } from './maintenance-words.ts';
import { printRefusal, Refusal } from './refusal.ts';

/**
 * The command line: which words exist and what they call. Each command is loaded when it is called,
 * so that `--help` needs none of them. Returns the exit code.
 */
export async function runProgram(
  argv: readonly string[],
  version: string,
  env: Environment,
): Promise<number> {
  let exitCode = 0;
  const ends = (run: Promise<number>): Promise<void> =>
    run
      .catch((error: unknown) => {
        if (error instanceof Refusal) return printRefusal(env, error);
        throw error;
      })
      .then((code) => {
        exitCode = code;
      });

  const program = new Command('drain')
    .description(
      'Moves new connections from old real servers to new ones, step by step, and takes the old ones out of the IPVS table when they are empty.',
    )
    .usage('--from OLD --to NEW [--over 5m] [options]')
    .version(version, '-V, --version')
    .enablePositionalOptions()
    .showSuggestionAfterError()
    .allowExcessArguments()
    .configureHelp({ helpWidth: Math.min(env.columns, 100), showGlobalOptions: false })
    .addHelpText('after', examples)
    .action(async (options: Record<string, unknown>, command: Command) => {
      const [stray] = command.args;
      if (stray !== undefined) command.error(`error: unknown command '${stray}'`);
      const { handOverCommand } = await import('./hand-over.ts');
      await ends(handOverCommand(env, givenOptions(options)));
    });
  addRolloutOptions(program);

  addRolloutOptions(program.command('plan'))
    .description('show the steps of a rollout and change nothing')
    .option('-o, --out <file>', 'save the compiled plan, for drain apply')
    .action(async (options: Record<string, unknown>) => {
      const { planCommand } = await import('./plan.ts');
      const saveAs = typeof options.out === 'string' ? options.out : undefined;
      await ends(planCommand(env, givenOptions(options), saveAs));
    });

  addRolloutOptions(program.command('apply'))
    .description('carry out a plan file (YAML) or a compiled plan (drain plan -o)')
    .argument('<file>', 'the plan')
    .option('--start-at <n>', 'in a file with several rollouts: begin with this one (default: 1)')
    .action(async (file: string, options: Record<string, unknown>) => {
      const { applyCommand } = await import('./apply.ts');
      const startAt = typeof options.startAt === 'string' ? options.startAt : undefined;
      await ends(applyCommand(env, givenOptions(options), file, startAt));
    });

  addRolloutOptions(program.command('doctor'))
    .description('look at the director for what stands in the way, and estimate the drain')
    .action(async (options: Record<string, unknown>) => {
      const { doctorCommand } = await import('./doctor.ts');
      await ends(doctorCommand(env, givenOptions(options)));
    });

  for (const { direction, description, options, helps, force } of maintenanceWords) {
    const command = addOptions(program.command(direction), options, helps)
      .description(description)
      .argument('<servers...>', 'real servers, host names or groups of the config file')
      .option('--force', force)
      .action(async (servers: string[], given: Record<string, unknown>) => {
        const { maintenanceCommand } = await import('./maintenance.ts');
        const { force, checkTimeout } = given;
        const more = typeof checkTimeout === 'string' ? { checkTimeout } : {};
        const call = { direction, servers, force: force === true, ...more };
        await ends(maintenanceCommand(env, givenOptions(given), call));
      });
    if (direction === 'in') {
      command.option(
        '--check-timeout <duration>',
        'how long a server may take to pass --check before it gets weight (default: 60s)',
      );
    }
  }

  const { argv: words, command: aroundThem } = splitCommand(argv);
  const around = addOptions(program.command('around'), aroundWords.options, aroundWords.helps)
    .description(aroundWords.description)
    .usage('[options] <servers...> -- COMMAND')
    .argument('<servers...>', 'real servers, host names or groups of the config file')
    .addHelpText('after', aroundHelp)
    .action(async (servers: string[], options: Record<string, unknown>, command: Command) => {
      if (!aroundThem) command.error('error: COMMAND is missing: put it behind --');
      const { aroundCommand } = await import('./around.ts');
      const call = aroundCall(servers, aroundThem, options);
      await ends(aroundCommand(env, givenOptions(options), call));
    });
  for (const [flags, help] of aroundWords.more) around.option(flags, help);

  addOptions(program.command('resume'), [...besideRollout, 'report'])
    .description('go on with a rollout that was held or cut off, at the pace of its plan')
    .argument('[id]', 'the rollout')
    .option('--all', 'every rollout that a crash or a shutdown cut off')
    .option('--follow', 'with --all: stay, and go on with those that are cut off from now on')
    .action(async (id: string | undefined, options: Record<string, unknown>, command: Command) => {
      if ((id === undefined) === (options.all === undefined)) {
        command.error('error: say which rollout, or --all (drain status lists them)');
      }
      if (options.follow && id !== undefined) {
        command.error('error: --follow goes with --all, not with one rollout');
      }
      const { resumeCommand } = await import('./resume.ts');
      const which = id ?? (options.follow ? 'follow' : 'all');
      await ends(resumeCommand(env, givenOptions(options), which));
    });

  for (const [request, description] of controls) {
    addOptions(program.command(request), besideRollout)
      .description(description)
      .argument('<id>', 'the rollout')
      .action(async (id: string, options: Record<string, unknown>) => {
        const { requestCommand } = await import('./resume.ts');
        await ends(requestCommand(env, givenOptions(options), id, { kind: request }));
      });
  }

  addOptions(program.command('rollback'), [...besideRollout, 'report'])
    .description('bring back the table from before a rollout, running or not')
    .argument('<id>', 'the rollout')
    .option('--over <duration>', 'as a ramp of this length (default: at once)')
    .option('--every <duration>', 'time between its steps (default: a twentieth, 1s to 30s)')
    .action(async (id: string, options: Record<string, unknown>) => {
      const { rollbackCommand } = await import('./resume.ts');
      await ends(rollbackCommand(env, givenOptions(options), id));
    });

  addOptions(program.command('status'), besideRollout)
    .description('what runs, what is held, and the command that goes on')
    .argument('[id]', 'only this rollout')
    .option('--watch', 'go on showing it, until Ctrl-C or until the rollout of that id has ended')
    .action(async (rollout: string | undefined, options: Record<string, unknown>) => {
      if (options.watch === true) {
        const { watchCommand } = await import('./watch-status.ts');
        return ends(watchCommand(env, givenOptions(options), rollout));
      }
      const { statusCommand } = await import('./status.ts');
      await ends(statusCommand(env, givenOptions(options), { rollout, all: false }));
    });

  addOptions(program.command('history'), besideRollout)
    .description('all rollouts, the latest first')
    .action(async (options: Record<string, unknown>) => {
      const { statusCommand } = await import('./status.ts');
      await ends(statusCommand(env, givenOptions(options), { rollout: undefined, all: true }));
    });

  addOptions(program.command('report'), ['state', 'config'])
    .description('a rollout as one HTML page: shares, weights, connections, steps, events')
    .argument('<id>', 'the rollout, running or not')
    .option(
      '-o, --out <file>',
      'where to; - is stdout (default: drain-ID.html, or stdout where that is no terminal)',
    )
    .action(async (rollout: string, options: Record<string, unknown>) => {
      const { reportCommand } = await import('./report.ts');
      const saveAs = typeof options.out === 'string' ? options.out : undefined;
      await ends(reportCommand(env, givenOptions(options), rollout, saveAs));
    });

  addOptions(program.command('guard'), [...besideRollout, 'director', 'ipvsadm'])
    .description(
      'check the health of real servers: weight 0 while one is down, a ramp when it is back',
    )
    .argument('<file>', 'which services, and how their servers are asked (YAML)')
    .addHelpText('after', '\nRuns until SIGTERM or SIGINT; SIGHUP reads the file again.')
    .action(async (file: string, options: Record<string, unknown>) => {
      const { guardCommand } = await import('./guard.ts');
      await ends(guardCommand(env, givenOptions(options), file));
    });

  const ofServe: readonly OptionName[] = ['listen', 'tokenFile', 'director', 'ipvsadm', 'state'];
  addOptions(program.command('serve'), [...ofServe, 'config'])
    .description('Prometheus metrics and a live page; reads, and changes nothing')
    .addHelpText('after', '\nRuns until SIGTERM or SIGINT.')
    .action(async (options: Record<string, unknown>) => {
      const { serveCommand } = await import('./serve.ts');
      await ends(serveCommand(env, givenOptions(options)));
    });

  program
    .command('demo')
    .description('play a five-minute blue/green on a simulated director')
    .action(async () => {
      const { demoCommand } = await import('./demo.ts');
      await ends(demoCommand(env));
    });

  for (const command of [program, ...program.commands]) {
    command.exitOverride().configureOutput({
      writeOut: (text) => env.out(text),
      writeErr: (text) => env.err(text),
      // It quotes what was typed, which need not be fit for a terminal.
      outputError: (text, write) =>
        write(text.replace(/^error: /, 'drain: ').replace(/[^\n]+/g, (line) => printable(line))),
    });
  }
  try {
    await program.parseAsync(words, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return 0;
    env.err('  drain --help lists what there is\n');
    return 2;
  }
}

const examples = `
Examples:
  drain --from 10.0.0.1 --to 10.0.0.2 --over 5m
  drain --from 10.0.0.1:8080 --to 10.0.0.2:8080=2,10.0.0.3:8080=1 --curve s-curve
  drain plan --from blue --to green -o plan.json && drain apply plan.json
  drain out 10.0.0.1 && reboot-it && drain in 10.0.0.1 --check tcp
  drain demo`;

const controls = [
  ['pause', 'stop a running rollout where it is, from another terminal'],
  ['continue', 'let a paused rollout go on'],
] as const;

/** Options of commands whose rollout is in its journal. */
const besideRollout: readonly OptionName[] = ['state', 'output', 'config'];

const allSpecs = [...optionSpecs, ...serveOptionSpecs];

const addRolloutOptions = (command: Command): Command =>
  addOptions(
    command,
    optionSpecs.map(({ name }) => name),
  );

function addOptions(
  command: Command,
  names: readonly OptionName[],
  helps: Partial<Record<OptionName, string>> = {},
): Command {
  const specs = allSpecs.filter((one) => names.includes(one.name));
  for (const { name, flags, help, kind } of specs) {
    const option = new Option(flags, helps[name] ?? help);
    if (kind === 'list' || kind === 'texts' || kind === 'steps') {
      option.argParser((value: string, before: readonly string[] | undefined) => [
        ...(before ?? []),
        value,
      ]);
    }
    command.addOption(option);
  }
  return command;
}

function givenOptions(options: Readonly<Record<string, unknown>>): GivenOptions {
  const given = new Map<OptionName, GivenOption>();
  for (const { name, flags } of allSpecs) {
    const value = options[name];
    if (value === undefined) continue;
    const values = Array.isArray(value) ? value.map(String) : [String(value)];
    given.set(name, { values, where: flags.split(' ')[0] ?? flags });
  }
  return given;
}
