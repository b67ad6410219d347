import { homedir } from 'node:os';
import manifest from '../package.json' with { type: 'json' };
import type {
  DirectorSpec,
  Environment,
  OpenDirector,
  ReporterForm,
} from './commands/environment.ts';
import type { ToolSettings } from './config/settings.ts';
import { fail, ok, type Result } from './domain/failure.ts';
import type { Plan } from './domain/plan.ts';
import type { TrafficStatistics } from './ipvs/simulated/traffic-statistics.ts';
import type { RolloutRecord } from './record/rollout-record.ts';
import type { Reporter } from './reporters/reporter.ts';
import type { TimedGate } from './rollout/gate-standing.ts';
import type { StopSwitch, Store } from './rollout/ports.ts';
import type { TracedHost } from './rollout/trace.ts';
import { outputOn } from './terminal/output.ts';
import { listenForStop } from './terminal/stop-switch.ts';

/**
 * The composition root: the only file that constructs adapters, hears signals and sets the exit
 * code. What not every command needs is imported when it is needed, so that starting is quick.
 */
const out = outputOn(process.stdout);
const err = outputOn(process.stderr);

const { version } = manifest;

let stopSwitch: StopSwitch | undefined;

const environment: Environment = {
  out: out.write,
  err: err.write,
  columns: out.columns,
  stdoutIsTty: out.isTty,
  interactive: process.stdin.isTTY === true && out.isTty,
  ask,
  lookUp,
  openDirector,
  createReporter,
  createListeners,
  showRecord,
  describeHost,
  createGates,
  openStore,
  // One for all that this process does: what was asked for between two rollouts counts as well.
  listenForStop: () => {
    stopSwitch ??= listenForStop(process);
    return stopSwitch;
  },
  listenForReload: (reload) => void process.on('SIGHUP', reload),
  guardChecks: {
    create: async (check, server) =>
      (await import('./gates/guard-check.ts')).createGuardCheck(check, server),
    examine: async (check) => (await import('./gates/guard-check.ts')).examineGuardCheck(check),
  },
  serverCommands: {
    exists: async (file) => (await import('./terminal/find-command.ts')).commandExists(file),
    run: async (command, watch) =>
      (await import('./terminal/run-command.ts')).runServerCommand({ out, err }, command, watch),
    isRunning: async ({ pid, startTicks }) =>
      (await (await import('./processes/process-identity.ts')).startTicksOf(pid)) === startTicks,
  },
  listHostFiles: async (folder) => (await import('./files/host-files.ts')).listHostFiles(folder),
};

async function ask(question: string): Promise<boolean> {
  const { createInterface } = await import('node:readline/promises');
  const prompt = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return /^y(es)?$/i.test((await prompt.question(`${question} [y/N] `)).trim());
  } catch {
    // Ctrl-C or Ctrl-D at the question is a no.
    return false;
  } finally {
    prompt.close();
  }
}

async function lookUp(host: string): Promise<readonly string[]> {
  const { lookup } = await import('node:dns/promises');
  try {
    return (await lookup(host, { all: true })).map(({ address }) => address);
  } catch {
    // Unknown or unreachable resolver: no address either way.
    return [];
  }
}

async function openDirector(spec: DirectorSpec): Promise<Result<OpenDirector>> {
  const { createDirector } = await import('./ipvs/director.ts');
  const access = { where: spec.where, ipvsadm: spec.ipvsadm };
  if (spec.where === 'local') {
    const { createLocalIpvsadm } = await import('./ipvs/local-ipvsadm.ts');
    const { parseCommandWords } = await import('./domain/command-words.ts');
    const { createSystemClock } = await import('./clock/system-clock.ts');
    const command = parseCommandWords(spec.ipvsadm);
    if (!command.ok) return command;
    const { readFacts } = await import('./ipvs/host/read-facts.ts');
    const runner = createLocalIpvsadm({ command: command.value });
    const director = createDirector({
      name: 'local',
      runner,
      readFacts: (wanted) => readFacts(command.value, wanted),
    });
    return ok({ access, director, clock: createSystemClock() });
  }
  if (spec.where === 'sim' || spec.where.startsWith('sim:')) {
    const { createSimulatedIpvsadm } = await import('./ipvs/simulated/simulated-director.ts');
    const scenario = await readScenario(spec.where.slice('sim:'.length));
    if (!scenario.ok) return scenario;
    const speed = spec.paced ? (scenario.value.speed ?? 0) : 0;
    const { simulatedFacts } = await import('./ipvs/simulated/simulated-facts.ts');
    const simulation = createSimulatedIpvsadm({ ...scenario.value, speed });
    const { runner, clock, statistics, kernel } = simulation;
    const readFacts = async () => simulatedFacts(kernel.sysctl);
    const director = createDirector({ name: 'sim', runner, readFacts });
    const standStill = <T>(work: () => Promise<T>) => clock.standStill(work);
    return ok({ access, director, clock, standStill, traffic: statistics });
  }
  const { printable } = await import('./domain/printable.ts');
  return fail({
    kind: 'usage',
    what: `"${printable(spec.where)}" is no director of this version`,
    where: '--director',
    next: 'use local, sim or sim:FILE',
  });
}

async function createGates(plan: Plan): Promise<Result<readonly TimedGate[]>> {
  const none = !plan.gates && plan.schedule.every(({ gates }) => !gates);
  return none ? ok([]) : (await import('./gates/timed-gates.ts')).createTimedGates(plan);
}

async function openStore(directory: string | undefined, where: string): Promise<Store> {
  if (directory === undefined && where !== 'local') {
    return (await import('./store/memory-store.ts')).createMemoryStore();
  }
  const { createFileStore } = await import('./store/file-store.ts');
  return createFileStore(directory ?? usualStateDirectory());
}

function usualStateDirectory(): string {
  if (process.getuid?.() === 0) return '/var/lib/drain';
  const home = process.env.XDG_STATE_HOME;
  return home ? `${home}/drain` : `${homedir()}/.local/state/drain`;
}

async function readScenario(file: string) {
  if (file === '') {
    const { demoScenario } = await import('./ipvs/simulated/demo-scenario.ts');
    return ok(demoScenario);
  }
  const { readText } = await import('./config/checked-file.ts');
  const { parseScenario } = await import('./ipvs/simulated/scenario.ts');
  const text = await readText(file);
  return text.ok ? parseScenario(text.value, file) : text;
}

async function createReporter(form: ReporterForm, opened?: OpenDirector): Promise<Reporter> {
  switch (form) {
    case 'json':
      return (await import('./reporters/json-reporter.ts')).createJsonReporter(out);
    case 'plain':
      return (await import('./reporters/plain-reporter.ts')).createPlainReporter(out);
    case 'tty': {
      const { createTtyReporter, oraLiveText } = await import('./reporters/tty-reporter.ts');
      return createTtyReporter(out, oraLiveText(process.stdout, out.colour));
    }
    case 'demo': {
      if (!opened?.traffic) throw new Error('the demo runs on a simulated director');
      return createDemoReporter(opened.traffic);
    }
  }
}

async function createDemoReporter(traffic: TrafficStatistics): Promise<Reporter> {
  if (out.isTty) {
    const { createDemoPicture } = await import('./reporters/demo-picture.ts');
    const { oraLiveText } = await import('./reporters/tty-reporter.ts');
    return createDemoPicture(out, oraLiveText(process.stdout, out.colour), traffic);
  }
  const { createPlainReporter } = await import('./reporters/plain-reporter.ts');
  const { createDemoSummary } = await import('./reporters/demo-summary.ts');
  const { allOf } = await import('./reporters/all-of.ts');
  return allOf([createPlainReporter(out), createDemoSummary(out, traffic)]);
}

/** Who hears of a rollout beside its reporter. */
async function createListeners(_tools: ToolSettings): Promise<readonly Reporter[]> {
  return [];
}

/** What is made of a rollout when it has ended. */
async function showRecord(_record: RolloutRecord, _tools: ToolSettings): Promise<Result<void>> {
  return ok(undefined);
}

async function describeHost(): Promise<TracedHost> {
  const { hostname } = await import('node:os');
  const platform = `${process.platform} ${process.arch}`;
  return { drain: version, node: process.versions.node, platform, host: hostname() };
}

async function main(argv: readonly string[]): Promise<number> {
  if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) {
    out.write(`${version}\n`);
    return 0;
  }
  const { runProgram } = await import('./commands/program.ts');
  return runProgram(argv, version, environment);
}

main(process.argv.slice(2)).then(
  (exitCode) => {
    process.exitCode = exitCode;
  },
  (error: unknown) => {
    err.write(
      `drain: this is a bug in drain ${version}, not in what you did. Please report it with the lines below and the command line.\n${
        error instanceof Error ? error.stack : String(error)
      }\n`,
    );
    process.exitCode = 1;
  },
);
