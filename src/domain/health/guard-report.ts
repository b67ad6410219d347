import type { ServerKey, ServiceKey } from '../address.ts';

/** What the guard of one table sees and does, as it was kept last: for whoever looks from another process. */
export interface GuardReport {
  /** Of this run of the guard for this table. */
  readonly guard: string;
  readonly table: string;
  readonly director: string;
  readonly host: string;
  readonly pid: number;
  /** The guard file. */
  readonly file: string;
  /** The time when the guard began. */
  readonly sinceMs: number;
  /** The last time that the loop had turned and the table could be listed. */
  readonly aliveMs: number;
  /** The time after `aliveMs` for which the guard counts as alive. */
  readonly patienceMs: number;
  readonly services: readonly ReportedService[];
  /** Servers that are left out, where too many are worth a line. */
  readonly more?: number | undefined;
}

export interface ReportedService {
  readonly service: ServiceKey;
  /** The servers that have been asked, and those that are up. */
  readonly servers: number;
  readonly up: number;
  /** The time when the question was asked that was answered last; absent: none yet. */
  readonly answeredMs?: number | undefined;
  /** Whether no server answers well. */
  readonly allDead: boolean;
  /** Whether a rollout has the service, and the guard sets no weight of it. */
  readonly isLeftToRollout: boolean;
  /** Servers that are down, or kept in although something wants them out. */
  readonly bad: readonly ReportedServer[];
}

/** Why a server has weight that should have none, or less. */
export type KeptReason = 'min-serving' | 'min-healthy' | 'all-dead';

export interface ReportedServer {
  readonly server: ServerKey;
  readonly verdict: 'unknown' | 'up' | 'down';
  /** The time since which its answers are what they are. */
  readonly sinceMs: number;
  /** The last answer, and when it was asked for. */
  readonly detail: string;
  readonly askedMs: number;
  /** How often it has gone down since the guard began. */
  readonly flaps: number;
  readonly kept?: KeptReason | undefined;
}

/** Whether a guard goes on, by what it has kept: one that ended in order has taken its report away. */
export const isAlive = (
  { aliveMs, patienceMs }: Pick<GuardReport, 'aliveMs' | 'patienceMs'>,
  nowMs: number,
): boolean => nowMs - aliveMs <= patienceMs;

/** A report this old tells nothing any more: whoever ended that guard has done so on purpose. */
export const forgottenAfterMs = 24 * 3_600_000;

/** Reports that say something still. */
export const currentReports = (
  reports: readonly GuardReport[],
  nowMs: number,
): readonly GuardReport[] => reports.filter(({ aliveMs }) => nowMs - aliveMs < forgottenAfterMs);

/** A server that is kept in, with the guard's word on it, where that guard is alive. */
export interface KeptServer extends ReportedServer {
  readonly table: string;
  readonly service: ServiceKey;
  readonly kept: KeptReason;
}

export const keptServers = (
  reports: readonly GuardReport[],
  nowMs: number,
): readonly KeptServer[] =>
  reports
    .filter((report) => isAlive(report, nowMs))
    .flatMap(({ table, services }) =>
      services.flatMap(({ service, bad }) =>
        bad.flatMap(({ kept, ...one }) => (kept ? [{ ...one, kept, table, service }] : [])),
      ),
    );

/** `for minServing`: what keeps a server in. */
export const keptWords: Readonly<Record<KeptReason, string>> = {
  'min-serving': 'minServing is reached',
  'min-healthy': 'minHealthy is reached',
  'all-dead': 'no server answers well, and the check may be wrong',
};
