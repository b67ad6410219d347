import type { ServiceKey } from '../../domain/address.ts';
import type { Failure } from '../../domain/failure.ts';
import {
  forgottenAfterMs,
  type GuardReport,
  isAlive,
  type KeptReason,
  type ReportedServer,
  type ReportedService,
} from '../../domain/health/guard-report.ts';
import { printable } from '../../domain/printable.ts';
import { rolloutId } from '../../domain/rollout/rollout-id.ts';
import type { Clock, Store } from '../../rollout/ports.ts';
import type { GuardStanding, ServiceStanding } from './guard-metrics.ts';

/** Who keeps a report. */
export interface Reporting {
  readonly host: string;
  readonly pid: number;
}

interface ReportDeps {
  readonly clock: Clock;
  readonly store: Pick<Store, 'guards'>;
  readonly table: string;
  readonly director: { readonly name: string };
  readonly file: string;
  readonly self: Reporting;
}

/** The report is kept at least this often, for others to see that the guard goes on. */
const heartbeatMs = 5_000;
/** And at most this often, whatever happens. */
const restMs = 1_000;
/** The most servers with a line of their own: a rack that fails fits, and a document stays small. */
const mostServers = 500;
const lastWordMs = 2_000;

export interface ReportKeeper {
  /** Keeps what there is to see, if it is news or time; the guard does not wait for it. */
  turned(standing: GuardStanding): void;
  /** Takes the report away; a store that is away is not waited for. */
  end(): Promise<void>;
}

/** Keeps the report of one guard, and takes those away that guards of the same services have left. */
export function createReportKeeper(
  { clock, store, table, director, file, self }: ReportDeps,
  trouble: (code: string, failure: Failure | undefined) => void,
): ReportKeeper {
  const sinceMs = clock.nowMs();
  const guard = rolloutId(sinceMs);
  let keptMs = Number.NEGATIVE_INFINITY;
  let keptKey = '';
  let busy: Promise<void> | undefined;
  const keep = async (report: GuardReport, isFirst: boolean): Promise<void> => {
    if (isFirst) await removeLeft(store, report, clock.nowMs());
    const put = await store.guards.put(report);
    trouble('cannot-report', put.ok ? undefined : put.failure);
  };
  return {
    turned(standing) {
      const nowMs = clock.nowMs();
      if (busy || nowMs < keptMs + restMs) return;
      const { services, more } = reportedServices(standing.services);
      const key = JSON.stringify(services.map(withoutTimes));
      if (key === keptKey && nowMs < keptMs + heartbeatMs) return;
      const isFirst = keptMs === Number.NEGATIVE_INFINITY;
      [keptMs, keptKey] = [nowMs, key];
      const { aliveMs, patienceMs } = standing;
      const report: GuardReport = {
        ...{ guard, table, director: director.name, ...self, file, sinceMs },
        ...{ aliveMs, patienceMs, services, ...(more > 0 ? { more } : {}) },
      };
      busy = keep(report, isFirst).finally(() => {
        busy = undefined;
      });
    },
    async end() {
      const gone = (async () => {
        await busy;
        await store.guards.remove(guard);
      })();
      // A timer that is left would keep the process alive.
      const over = new AbortController();
      const limit = clock.sleepUntil(clock.nowMs() + lastWordMs, over.signal);
      await Promise.race([gone.finally(() => over.abort('gone')), limit]);
    },
  };
}

/** What is news; that a server was asked once more is none. */
const withoutTimes = ({ answeredMs: _, bad, ...service }: ReportedService) => ({
  ...service,
  bad: bad.map(({ askedMs: _asked, detail: _detail, ...server }) => server),
});

/** Removes reports of guards that had the same services, whose locks this one has now, and of long ago. */
async function removeLeft(
  { guards }: Pick<Store, 'guards'>,
  { guard, table, services }: GuardReport,
  nowMs: number,
): Promise<void> {
  const ids = await guards.list();
  for (const id of ids.ok ? ids.value : []) {
    const read = id === guard ? undefined : await guards.read(id);
    const left = read?.ok ? read.value : undefined;
    if (!left) continue;
    const mine = new Set<ServiceKey>(services.map(({ service }) => service));
    const isMine = left.table === table && left.services.some(({ service }) => mine.has(service));
    const isForgotten = !isAlive(left, nowMs) && nowMs - left.aliveMs >= forgottenAfterMs;
    if (isMine || isForgotten) await guards.remove(id);
  }
}

/** The services with all that is worth a line, as far as there is room. */
export function reportedServices(standings: readonly ServiceStanding[]): {
  readonly services: readonly ReportedService[];
  readonly more: number;
} {
  let room = mostServers;
  let more = 0;
  const services = standings.map((standing): ReportedService => {
    const bad = badIn(standing);
    const shown = bad.slice(0, room);
    room -= shown.length;
    more += bad.length - shown.length;
    const all = [...standing.health.values()];
    const asked = all.flatMap(({ streak }) => (streak ? [streak.askedMs] : []));
    const answeredMs = asked.reduce((last, ms) => Math.max(last, ms), 0);
    return {
      service: standing.service,
      servers: all.length,
      up: all.filter(({ verdict }) => verdict === 'up').length,
      ...(answeredMs > 0 ? { answeredMs: Math.round(answeredMs) } : {}),
      allDead: standing.looksDead,
      isLeftToRollout: standing.isLeftToRollout,
      bad: shown,
    };
  });
  return { services, more };
}

function badIn({ health, falls, keptFor }: ServiceStanding): readonly ReportedServer[] {
  return [...health].flatMap(([server, { verdict, streak }]): ReportedServer[] => {
    const kept: KeptReason | undefined = keptFor.get(server);
    if ((verdict !== 'down' && kept === undefined) || !streak) return [];
    return [
      {
        ...{ server, verdict, sinceMs: Math.round(streak.sinceMs) },
        ...{ detail: printable(streak.detail, 300), askedMs: Math.round(streak.askedMs) },
        flaps: falls.get(server) ?? 0,
        ...(kept ? { kept } : {}),
      },
    ];
  });
}
