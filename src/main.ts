import { resolve } from 'node:path';
import manifest from '../package.json' with { type: 'json' };
import { createTurns } from './clock/turns.ts';
import type { Environment, ReporterForm } from './commands/environment.ts';
import type { ToolSettings } from './config/settings/settings.ts';
import type { OpenFleet } from './control/ports.ts';
import { ok, type Result } from './domain/failure.ts';
import { isSimulated } from './domain/places/director-access.ts';
import type { Plan } from './domain/rollout/plan.ts';
import type { CommandContext } from './domain/rollout/rollout-status.ts';
import type { TrafficStatistics } from './ipvs/simulated/traffic/traffic-statistics.ts';
import { containersOf, lookUp } from './main/name-sources.ts';
import { noticeTools } from './main/notice-tools.ts';
import { keepHeapSmall } from './processes/small-heap.ts';
import type { RolloutRecord } from './record/rollout-record.ts';
import type { GitHub } from './reporters/github/github.ts';
import type { StartLiveText } from './reporters/live/live-text.ts';
import { levelled } from './reporters/log/levels.ts';
import type { Reporter } from './reporters/reporter.ts';
import type { Watcher } from './reporters/watch/watcher.ts';
import type { TimedGate } from './rollout/gates/gate-state.ts';
import type { StopSwitch } from './rollout/ports.ts';
import type { TracedHost } from './rollout/state/trace.ts';
import { clearWaits } from './terminal/above-live-text.ts';
import { asciiOutput, wantsAscii } from './terminal/ascii-output.ts';
import { defusedOutput } from './terminal/defused-output.ts';
import { outputOn } from './terminal/output.ts';
import { takeOver } from './terminal/patient-stream.ts';
import { listenForStop } from './terminal/stop-switch.ts';
import { hasUnicode, waitingOn } from './terminal/waiting.ts';

/**
 * The composition root, with src/main: the only place that constructs adapters, hears signals and
 * sets the exit code. A module that not every command needs is imported when needed, so that
 * starting is quick.
 */
const isGitHub = process.env.GITHUB_ACTIONS === 'true';
const stdout = outputOn(process.stdout, takeOver(process.stdout));
const stderr = outputOn(process.stderr, takeOver(process.stderr));
const isAscii = wantsAscii(process.env);
const [out, err] = [stdout, stderr].map((stream) => {
  const shown = isAscii ? asciiOutput(stream) : stream;
  return isGitHub ? defusedOutput(shown) : shown;
}) as [typeof stdout, typeof stderr];
/** A job of GitHub Actions, once a command runs in one. */
let github: GitHub | undefined;

const { version } = manifest;

let stopSwitch: StopSwitch | undefined;

const environment: Environment = {
  out: out.write,
  nowMs: Date.now,
  who: async () => (await import('./main/who.ts')).who(process.env),
  err: (text, level = 'warning') => err.write(err.isJournal ? levelled(text, level) : text),
  journal: { stdout: out.isJournal === true, stderr: err.isJournal === true },
  get columns() {
    return out.columns;
  },
  stdoutIsTty: out.movesCursor,
  stderrIsTty: err.isTty,
  readerIsGone: stdout.isGone,
  interactive: process.stdin.isTTY === true && out.isTty,
  ask,
  waitingFor: showsWaits()
    ? waitingOn(process.stderr, { colour: err.colour, unicode: hasUnicode(process.env) })
    : (_text, work) => work(),
  lookUp,
  containers: containersOf(process.env.DOCKER_HOST),
  openDirectors: async (specs, pace) =>
    (await import('./main/open-directors.ts')).openDirectors(specs, pace),
  hasColour: out.colour,
  startLiveText: () => startLiveText(),
  createReporter,
  createWatcher,
  createListeners,
  showRecord,
  showPlan: (plan, text) => github?.showPlan(plan, text),
  tellFailures: (failures, commands) => github?.failures(failures, commands),
  describeHost,
  createGates,
  editCommands: async (access, changes) =>
    (await import('./ipvs/edit-commands.ts')).editCommands(access, changes),
  openStore: async (directory, access) =>
    (await import('./main/open-store.ts')).openStore(directory, access, {
      tell: (text) => err.write(`drain: ${text}\n`),
      stopSwitch: () => stopSwitch,
    }),
  examineState: async (state, purpose) =>
    (await import('./main/open-store.ts')).examineState(state, purpose),
  // One for all that this process does: what was asked for between two rollouts counts as well.
  listenForStop: () => {
    if (stopSwitch) return stopSwitch;
    // What can be stopped is there to stay.
    keepHeapSmall();
    // Nor does it wait for whoever reads what it shows.
    stdout.bound();
    stderr.bound();
    stopSwitch = listenForStop(process);
    return stopSwitch;
  },
  listenForReload: (reload) => void process.on('SIGHUP', reload),
  guardChecks: {
    create: async (check, server) =>
      (await import('./gates/guard-check.ts')).createGuardCheck(check, server),
    turn: createTurns(16),
    examine: async (check) => (await import('./gates/guard-check.ts')).examineGuardCheck(check),
  },
  openServiceManager: async () =>
    (await import('./processes/service-manager.ts')).serviceManagerOf(process.env, process.pid),
  openGuardNotifier: async (target) =>
    (await import('./notify/open-notifier.ts')).openGuardNotifier(
      target,
      await noticeTools(err.write),
    ),
  openKeepalived: async (words) => (await import('./main/keepalived.ts')).openKeepalived(words),
  openCluster: async (access) => (await import('./main/open-cluster.ts')).openCluster(access),
  serverCommands: {
    exists: async (file) => (await import('./processes/find-command.ts')).commandExists(file),
    run: async (command, watch) =>
      (await import('./terminal/run-command.ts')).runServerCommand({ out, err }, command, watch),
    isRunning: async ({ pid, startTicks }) =>
      (await (await import('./processes/process-identity.ts')).startTicksOf(pid)) === startTicks,
  },
  server: {
    token: process.env.DRAIN_SERVE_TOKEN,
    start: async (deps, options) => {
      const { serve } = await import('./serve/serve.ts');
      const clocks = { nowMs: Date.now, monotonicMs: () => performance.now() };
      return serve({ ...deps, ...clocks }, { ...options, ...build, loadPageScript });
    },
    openApi: async (options) => (await import('./api/open-api.ts')).openApi(options),
  },
  daemonServer: {
    start: async (daemon, options) =>
      (await import('./serve/daemon-server.ts')).serveDaemon(daemon, { ...options, ...build }),
  },
  listHostFiles: async (folder) => (await import('./files/host-files.ts')).listHostFiles(folder),
};

const build = { version, node: process.versions.node };
const loadPageScript = async (): Promise<string> => (await import('drain-page-script')).default;

/** Tells whether waits are shown: they are for the eyes of a person, not for a pipe or a log. */
function showsWaits(): boolean {
  return err.movesCursor && out.movesCursor && !isGitHub && !process.env.CI;
}

async function ask(question: string): Promise<boolean> {
  clearWaits();
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

async function createGates(plan: Plan): Promise<Result<readonly TimedGate[]>> {
  const none = !plan.gates && plan.schedule.every(({ gates }) => !gates);
  return none ? ok([]) : (await import('./gates/timed-gates.ts')).createTimedGates(plan);
}

async function createReporter(
  form: ReporterForm,
  opened?: OpenFleet,
  commands?: CommandContext,
): Promise<Reporter> {
  switch (form) {
    case 'json':
      return (await import('./reporters/json-reporter.ts')).createJsonReporter(out);
    case 'plain': {
      const { createPlainReporter } = await import('./reporters/plain-reporter.ts');
      if (!github) return createPlainReporter(out, commands);
      const { allOf } = await import('./reporters/reporter.ts');
      return allOf([github.groups(), createPlainReporter(out, commands)]);
    }
    case 'tty': {
      const { createTtyReporter } = await import('./reporters/tty-reporter.ts');
      return createTtyReporter(out, await startLiveText(), {
        commands,
        isSimulated: isSimulated(opened?.access ?? []),
      });
    }
    case 'demo': {
      if (!opened?.traffic) throw new Error('the demo runs on a simulated director');
      return createDemoReporter(opened.traffic);
    }
  }
}

async function createWatcher(form: ReporterForm): Promise<Watcher> {
  if (form === 'json') {
    return (await import('./reporters/watch/json-watcher.ts')).createJsonWatcher(out);
  }
  if (form === 'plain') {
    return (await import('./reporters/watch/plain-watcher.ts')).createPlainWatcher(out);
  }
  const { createTtyWatcher } = await import('./reporters/watch/tty-watcher.ts');
  return createTtyWatcher(out, await startLiveText());
}

/** Loads live text, only for those who draw: its modules take longer than a short command. */
const startLiveText = async (): Promise<StartLiveText> =>
  (await import('./terminal/live-area.ts')).liveTextOn(process.stdout, out.colour, {
    isCongested: stdout.isCongested,
    isAscii,
  });

async function createDemoReporter(traffic: TrafficStatistics): Promise<Reporter> {
  if (out.movesCursor) {
    const { createDemoPicture } = await import('./reporters/demo/demo-picture.ts');
    return createDemoPicture(out, await startLiveText(), traffic);
  }
  const { createPlainReporter } = await import('./reporters/plain-reporter.ts');
  const { createDemoSummary } = await import('./reporters/demo/demo-summary.ts');
  const { allOf } = await import('./reporters/reporter.ts');
  return allOf([createPlainReporter(out), createDemoSummary(out, traffic)]);
}

/** Creates the listeners of a rollout beside its reporter. */
async function createListeners(
  tools: ToolSettings,
  commands: CommandContext,
): Promise<readonly Reporter[]> {
  const toStderr = tools.output === 'json';
  const listeners = github ? [github.listener({ toStderr, commands })] : [];
  const isTold = tools.notify.length > 0 && !tools.dryRun;
  return isTold ? [...listeners, await createNoticeListener(tools, commands)] : listeners;
}

async function createNoticeListener(
  { notify, report }: ToolSettings,
  commands: CommandContext,
): Promise<Reporter> {
  const { openNotifier } = await import('./notify/open-notifier.ts');
  const { createNoticeReporter } = await import('./reporters/notices/notice-reporter.ts');
  const notifier = await openNotifier(notify, await noticeTools(err.write));
  const { host } = await describeHost();
  const page = report === undefined ? {} : { report: resolve(report) };
  return createNoticeReporter({ host, commands, ...page, ...notifier });
}

/** Saves and shows the record of a rollout that has ended. */
async function showRecord(
  record: RolloutRecord,
  tools: ToolSettings,
  commands: CommandContext,
): Promise<Result<void>> {
  const { report } = tools;
  const saved =
    report === undefined
      ? undefined
      : await (await import('./commands/report-file.ts')).saveReport(report, record, commands);
  github?.showRecord(record, saved?.ok ? saved.value : undefined, commands);
  return saved && !saved.ok ? saved : ok(undefined);
}

async function describeHost(): Promise<TracedHost> {
  const { hostname } = await import('node:os');
  const platform = `${process.platform} ${process.arch}`;
  return { drain: version, node: process.versions.node, platform, host: hostname() };
}

async function main(argv: readonly string[]): Promise<number> {
  await Promise.all([stdout.prepare(), stderr.prepare()]);
  if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) {
    out.write(`${version}\n`);
    return 0;
  }
  if (isGitHub) {
    const { createGitHub } = await import('./reporters/github/github.ts');
    github = createGitHub({ env: process.env, out: stdout, err: stderr });
  }
  const { runProgram } = await import('./commands/program.ts');
  const exitCode = await runProgram({ argv, version, variables: process.env }, environment);
  github?.ended(exitCode);
  return exitCode;
}

main(process.argv.slice(2))
  .then(
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
  )
  .then(() => Promise.all([stdout.flushed(), stderr.flushed()]));
