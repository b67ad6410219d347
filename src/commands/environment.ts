import type { ApiOptions } from '../api/open-api.ts';
import type { ToolSettings } from '../config/settings/settings.ts';
import type { ControlPorts, OpenFleet } from '../control/ports.ts';
import type { Actor } from '../domain/actor/actor.ts';
import type { CommandWords } from '../domain/command-words.ts';
import type { GuardNotice, GuardNotifyTarget } from '../domain/events/guard-notice.ts';
import type { Failure, Result } from '../domain/failure.ts';
import type { GuardCheck } from '../domain/health/guard.ts';
import type { ClusterAccess } from '../domain/kube/kube-settings.ts';
import type { Plan } from '../domain/rollout/plan.ts';
import type { CommandContext } from '../domain/rollout/rollout-status.ts';
import type { AskedServer } from '../guard/ask-in-time.ts';
import type { CheckerDeps } from '../guard/checkers.ts';
import type { ConfHost } from '../keepalived/edit/conf-host.ts';
import type { ClusterApi } from '../kube/kube-ports.ts';
import type { RolloutRecord } from '../record/rollout-record.ts';
import type { StartLiveText } from '../reporters/live/live-text.ts';
import type { LogLevel } from '../reporters/log/levels.ts';
import type { Reporter, WriteOptions } from '../reporters/reporter.ts';
import type { Watcher } from '../reporters/watch/watcher.ts';
import type { Gate } from '../rollout/ports.ts';
import type { DaemonServerOptions, ToldDaemon } from '../serve/daemon-server.ts';
import type { HttpApi, Listening } from '../serve/http/http-server.ts';
import type { ServeDeps, ServeOptions } from '../serve/serve.ts';

/** Everything that commands get from `main.ts`, the only place that knows the adapters. */
export interface Environment extends ControlPorts {
  out(text: string, options?: WriteOptions): void;
  /** The wall clock, in milliseconds since 1970. */
  nowMs(): number;
  /** The person who calls, the machine and the job; without a reason. */
  who(): Promise<Actor>;
  err(text: string, level?: LogLevel): void;
  /** The standard streams that go to the journal of systemd. */
  readonly journal?: { readonly stdout: boolean; readonly stderr: boolean };
  /** Whether both ends are a terminal: a question can be asked then. */
  readonly interactive: boolean;
  /** Shows a plan beside the output, where a page has room for it. */
  showPlan?(plan: Plan, text: string): void;
  ask(question: string): Promise<boolean>;
  /** Does `work`, and shows `text` as long as it lasts where a person can see it. */
  waitingFor<T>(text: string, work: () => Promise<T>): Promise<T>;
  createReporter(
    form: ReporterForm,
    opened?: OpenFleet,
    commands?: CommandContext,
  ): Promise<Reporter>;
  /** Creates the watcher that shows the rollouts of other processes. */
  createWatcher(form: ReporterForm): Promise<Watcher>;
  /** Creates the listeners of a rollout beside its reporter: GitHub, notifications. */
  createListeners(tools: ToolSettings, commands: CommandContext): Promise<readonly Reporter[]>;
  /**
   * Looks at the place of a state. `mayBegin`: a folder that was named and is not there will be made;
   * to everybody else it is a mistake.
   */
  examineState(
    state: string | undefined,
    purpose: { readonly mayBegin: boolean },
  ): Promise<Result<StatePlace>>;
  /** Makes what was asked for of a rollout that has ended: a report, a job summary. */
  showRecord(
    record: RolloutRecord,
    tools: ToolSettings,
    commands: CommandContext,
  ): Promise<Result<void>>;
  /** Tells failures to those who hear of them beside stderr: GitHub. */
  tellFailures?(failures: readonly Failure[], commands: CommandContext): void;
  /** Calls `reload` at each SIGHUP. */
  listenForReload(reload: () => void): void;
  readonly guardChecks: GuardChecks;
  /** The service manager that wants to hear of this process, where there is one. */
  openServiceManager(): Promise<ServiceManager | undefined>;
  /** Opens one recipient of a guard's notices; `undefined`, and a warning, where it cannot be told. */
  openGuardNotifier(target: GuardNotifyTarget): Promise<GuardNotifier | undefined>;
  /** Opens the way to the API server of a cluster, without asking it anything. */
  openCluster(access: ClusterAccess): Promise<Result<ClusterApi>>;
  /** Opens the configuration of this machine's keepalived, without reading it. */
  openKeepalived(reloadWords: CommandWords | undefined): Promise<ConfHost>;
  readonly server: MetricsServer;
  readonly daemonServer: DaemonServer;
  /** File names in a maintenance folder. */
  listHostFiles(folder: string): Promise<Result<readonly string[]>>;
  /** The columns of the terminal. */
  readonly columns: number;
  readonly stdoutIsTty: boolean;
  /** Whether stdout has colours. */
  readonly hasColour: boolean;
  /** Loads what draws lines that move. */
  startLiveText(): Promise<StartLiveText>;
  /** Whether errors are read on a terminal too: there the last lines have said them. */
  readonly stderrIsTty?: boolean;
  /** Whether nobody reads the output any more (`drain … | head`), as far as was noticed. */
  readerIsGone(): boolean;
}

/** The place of a state, for who asks where somebody has looked. */
export interface StatePlace {
  /** `/var/lib/drain`, `etcd://…`, fit to be shown. */
  readonly text: string;
  readonly isThere: boolean;
  /** The folder of root's own state, where this is that of another user and is not there. */
  readonly ofRoot?: string | undefined;
}

/** The server of `drain serve`. */
export interface MetricsServer {
  /** The value of DRAIN_SERVE_TOKEN. */
  readonly token: string | undefined;
  start(
    deps: Omit<ServeDeps, 'nowMs' | 'monotonicMs'>,
    options: Omit<ServeOptions, 'version' | 'node' | 'loadPageScript'>,
  ): Promise<Result<Listening>>;
  /** Opens the control API, to be answered by that server. */
  openApi(options: ApiOptions): Promise<HttpApi>;
}

/** The server of a daemon that tells how it is. */
export interface DaemonServer {
  start(
    daemon: ToldDaemon,
    options: Omit<DaemonServerOptions, 'version' | 'node'>,
  ): Promise<Result<Listening>>;
}

/** The port to systemd, by sd_notify(3). */
export interface ServiceManager {
  readonly watchdogMs?: number | undefined;
  tell(states: readonly string[]): Promise<Result<void>>;
}

export interface GuardNotifier {
  send(notice: GuardNotice): void;
  /** Waits for notices that are still to be delivered, but not for long. */
  close(): Promise<void>;
}

export interface GuardChecks {
  create(check: GuardCheck, server: AskedServer): Promise<Result<Gate>>;
  examine(check: GuardCheck): Promise<Result<void>>;
  /** A place in the turns of the process's loop; absent: everybody's is at once. */
  readonly turn?: CheckerDeps['turn'];
}

export type ReporterForm = 'tty' | 'plain' | 'json' | 'demo';
