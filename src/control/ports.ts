import type { NamedDirector } from '../config/names/known-directors.ts';
import type {
  ProcessIdentity,
  ServerCommand,
  ServerCommandEnd,
} from '../domain/around/server-command.ts';
import type { Result } from '../domain/failure.ts';
import type { Change } from '../domain/ipvs/ipvs.ts';
import type { Containers } from '../domain/places/container.ts';
import type { DirectorAccess } from '../domain/places/director-access.ts';
import type { Plan } from '../domain/rollout/plan.ts';
import type { TrafficStatistics } from '../ipvs/simulated/traffic/traffic-statistics.ts';
import type { TimedGate } from '../rollout/gates/gate-state.ts';
import type { Clock, Director, StopSwitch, Store } from '../rollout/ports.ts';
import type { TracedHost } from '../rollout/state/trace.ts';

/** The adapters that control works through, whatever front end asks; `main.ts` constructs them. */
export interface ControlPorts {
  /** Addresses of a host name; none where the name is unknown. */
  lookUp(host: string): Promise<readonly string[]>;
  /** The containers of this machine; absent where none can be asked for. */
  readonly containers?: Containers | undefined;
  openDirectors(specs: readonly NamedDirector[], pace: Pace): Promise<Result<OpenFleet>>;
  /** Opens the store that is named, the usual one, or for simulated directors a passing one. */
  openStore(state: string | undefined, access?: readonly DirectorAccess[]): Promise<Store>;
  /** Creates the gates that a plan asks for. */
  createGates(plan: Plan): Promise<Result<readonly TimedGate[]>>;
  /** Commands that make these edits of one director by hand, to be typed on this machine. */
  editCommands(access: DirectorAccess, changes: readonly Change[]): Promise<readonly string[]>;
  describeHost(): Promise<TracedHost>;
  /** Starts listening to SIGINT and SIGTERM. */
  listenForStop(): StopSwitch;
  readonly serverCommands: ServerCommands;
}

/** The pace of simulated time: that of a person who watches, else as fast as it goes. */
export interface Pace {
  readonly paced: boolean;
  /** The scenario of a simulated director without a file; absent: the usual one. */
  readonly scenario?: 'kube' | undefined;
}

/** The directors of one rollout; mostly one. */
export interface OpenFleet {
  readonly access: readonly DirectorAccess[];
  /** Directors by name, in the order they were given in. */
  readonly directors: ReadonlyMap<string, Director>;
  readonly clock: Clock;
  /** The time of simulated directors stands still until `work` is done. */
  readonly standStill?: <T>(work: () => Promise<T>) => Promise<T>;
  /** Statistics of the traffic that clients of simulated directors have made. */
  readonly traffic?: TrafficStatistics;
}

/** The operator's own commands, of `drain around`. */
export interface ServerCommands {
  /** Whether there is such an executable. */
  exists(file: string): Promise<boolean>;
  /** Runs one to its end; `kill` puts an end to it. `lastLines` is the tail of its output. */
  run(
    command: ServerCommand,
    watch: {
      readonly kill: AbortSignal;
      readonly onStart: (started: ProcessIdentity) => void;
    },
  ): Promise<{ readonly end: ServerCommandEnd; readonly lastLines: string }>;
  isRunning(process: ProcessIdentity): Promise<boolean>;
}
