import type { NamedDirector } from '../config/known-directors.ts';
import type { ToolSettings } from '../config/settings.ts';
import type { DirectorAccess } from '../domain/director-access.ts';
import type { Failure, Result } from '../domain/failure.ts';
import type { GuardCheck } from '../domain/guard.ts';
import type { RealServer } from '../domain/ipvs.ts';
import type { Plan } from '../domain/plan.ts';
import type { ProcessIdentity, ServerCommand, ServerCommandEnd } from '../domain/server-command.ts';
import type { TrafficStatistics } from '../ipvs/simulated/traffic-statistics.ts';
import type { RolloutRecord } from '../record/rollout-record.ts';
import { allOf } from '../reporters/all-of.ts';
import type { Reporter } from '../reporters/reporter.ts';
import type { Watcher } from '../reporters/watch/watcher.ts';
import type { TimedGate } from '../rollout/gates/gate-state.ts';
import type { Clock, Director, Gate, StopSwitch, Store } from '../rollout/ports.ts';
import type { TracedHost } from '../rollout/state/trace.ts';
import type { Listening } from '../serve/http-server.ts';
import type { ServeDeps, ServeOptions } from '../serve/serve.ts';

/** What commands get from `main.ts`, the only place that knows the adapters. */
export interface Environment {
  out(text: string): void;
  err(text: string): void;
  /** Both ends are a terminal: a question can be asked. */
  readonly interactive: boolean;
  ask(question: string): Promise<boolean>;
  lookUp(host: string): Promise<readonly string[]>;
  openDirectors(specs: readonly NamedDirector[], pace: Pace): Promise<Result<OpenFleet>>;
  /** The folder that was asked for, the usual one, or for simulated directors none at all. */
  openStore(directory: string | undefined, access?: readonly DirectorAccess[]): Promise<Store>;
  createReporter(form: ReporterForm, opened?: OpenFleet): Promise<Reporter>;
  /** What shows the rollouts of other processes. */
  createWatcher(form: ReporterForm): Promise<Watcher>;
  /** Who hears of a rollout beside its reporter: GitHub, notifications. */
  createListeners(tools: ToolSettings): Promise<readonly Reporter[]>;
  /** Makes what was asked for of a rollout that has ended: a report, a job summary. */
  showRecord(record: RolloutRecord, tools: ToolSettings): Promise<Result<void>>;
  /** Who hears of failures beside stderr: GitHub. */
  tellFailures?(failures: readonly Failure[]): void;
  describeHost(): Promise<TracedHost>;
  /** What the plan is held against while it is carried out. */
  createGates(plan: Plan): Promise<Result<readonly TimedGate[]>>;
  /** Starts listening to SIGINT and SIGTERM. */
  listenForStop(): StopSwitch;
  /** Calls it at each SIGHUP. */
  listenForReload(reload: () => void): void;
  readonly guardChecks: GuardChecks;
  readonly serverCommands: ServerCommands;
  readonly server: MetricsServer;
  /** File names in a maintenance folder. */
  listHostFiles(folder: string): Promise<Result<readonly string[]>>;
  /** The columns of the terminal. */
  readonly columns: number;
  readonly stdoutIsTty: boolean;
  /** Nobody reads the output any more (`drain … | head`), as far as that has been noticed. */
  readerIsGone(): boolean;
}

/** Of `drain serve`. */
export interface MetricsServer {
  /** DRAIN_SERVE_TOKEN. */
  readonly token: string | undefined;
  start(
    deps: Omit<ServeDeps, 'nowMs' | 'monotonicMs'>,
    options: Omit<ServeOptions, 'version' | 'node' | 'pageScript'>,
  ): Promise<Result<Listening>>;
}

export interface GuardChecks {
  create(check: GuardCheck, server: RealServer): Promise<Result<Gate>>;
  examine(check: GuardCheck): Promise<Result<void>>;
}

/** The operator's own commands, of `drain around`. */
export interface ServerCommands {
  /** Whether there is such an executable. */
  exists(file: string): Promise<boolean>;
  /** Runs one to its end; `kill` puts an end to it. `lastLines` is what it said last. */
  run(
    command: ServerCommand,
    watch: {
      readonly kill: AbortSignal;
      readonly onStart: (started: ProcessIdentity) => void;
    },
  ): Promise<{ readonly end: ServerCommandEnd; readonly lastLines: string }>;
  isRunning(process: ProcessIdentity): Promise<boolean>;
}

/** How simulated time passes: paced for a terminal, else as fast as it goes. */
export interface Pace {
  readonly paced: boolean;
}

/** The directors of one rollout; mostly one. */
export interface OpenFleet {
  readonly access: readonly DirectorAccess[];
  /** By name, in the order they were given in. */
  readonly directors: ReadonlyMap<string, Director>;
  readonly clock: Clock;
  /** The time of simulated directors stands still until `work` is done. */
  readonly standStill?: <T>(work: () => Promise<T>) => Promise<T>;
  /** What the clients of simulated directors have lived through. */
  readonly traffic?: TrafficStatistics;
}

export type ReporterForm = 'tty' | 'plain' | 'json' | 'demo';

/** What shows a rollout, and who else is told of it. */
export async function openReporter(
  env: Environment,
  tools: ToolSettings,
  opened: OpenFleet,
  form: ReporterForm = reporterForm(env, tools),
): Promise<Reporter> {
  const [reporter, listeners] = await Promise.all([
    env.createReporter(form, opened),
    env.createListeners(tools),
  ]);
  return allOf([reporter, ...listeners]);
}

export function reporterForm(env: Environment, tools: ToolSettings): ReporterForm {
  if (tools.output !== 'auto') return tools.output;
  return env.stdoutIsTty ? 'tty' : 'plain';
}
