import type { ConnectionTable, RealServer, VirtualService } from '../../domain/ipvs/ipvs.ts';
import { shortList } from '../../domain/printable.ts';
import type { DirectorPlan, Plan, ServicePlan } from '../../domain/rollout/plan.ts';
import type { GateTiming, TimedGate } from '../gates/gate-state.ts';
import { totalsOfLate } from '../observe/totals-of-late.ts';
import type { Clock, Director, Gate, GateAnswer, GateContext } from '../ports.ts';
import { countHandshakes, noHandshakes, sumHandshakes } from './count-handshakes.ts';
import { fewestConnections, isSuspicious, judgeHandshakes } from './judge-handshakes.ts';
import { recentS, type TrafficReading, type TrafficWindow, windowOf } from './traffic-window.ts';

/**
 * A failure is two bad answers: two readings of the connection table, unless that takes very long.
 */
const timing: GateTiming = {
  intervalMs: 5_000,
  timeoutMs: 5_000,
  rise: 1,
  fall: 2,
  when: 'always',
};

/** The kernel adds its counters up every two seconds; a reading a second sees that soon enough. */
const readEveryMs = 900;
/** The longest window. */
const rememberMs = 30_000;
const lookEveryMs = 2_000;
/**
 * How many times as long as the last reading of the connection table the next one is away, by how
 * many readings have found nothing against suspects: while these lose connections a reading is worth
 * its cost, and a server that is only quiet costs a tenth of the time in the end.
 */
const patience = [1, 2, 5, 10];
/** The new connections from which on steps wait until a suspicion is cleared up. */
const fewestToWait = 3;
/**
 * The looks for which steps wait, in all: a SYN counts as unanswered after two seconds, and the totals
 * are as much behind. A server that is only quiet delays no step any more after them.
 */
const mostWaits = { forFew: 2, forEnough: 4 } as const;

/**
 * IPVS itself as a gate: a new server that does not answer, or closes what it gets without a word,
 * although the others serve. Without new servers, or without TCP, there is no gate.
 */
export function createHandshakeGates(
  plan: Plan,
  directors: ReadonlyMap<string, Director>,
  clock: Clock,
): readonly TimedGate[] {
  const watches = plan.directors.flatMap((planned) => {
    const director = directors.get(planned.director);
    const candidates = candidatesOf(planned);
    return director && candidates.length > 0 ? [new Watch(director, candidates, clock)] : [];
  });
  if (watches.length === 0) return [];
  let last = passed;
  let isBusy = false;
  const gate: Gate = {
    name: 'ipvs',
    kind: 'ipvs',
    async ask({ step, movedFraction }: GateContext, signal: AbortSignal): Promise<GateAnswer> {
      // Before step 0 the new servers need not even be in the table.
      if (step === 0 || isBusy) return last;
      isBusy = true;
      const judged = judge(watches, movedFraction < 1, signal).finally(() => {
        isBusy = false;
      });
      last = (await unlessAborted(judged, signal)) ?? last;
      return last;
    },
  };
  return [{ gate, timing }];
}

const passed: GateAnswer = { passed: true, detail: 'nothing speaks against the new servers' };

async function judge(
  watches: readonly Watch[],
  isRamp: boolean,
  signal: AbortSignal,
): Promise<GateAnswer> {
  const found = (await Promise.all(watches.map((watch) => watch.judge(isRamp, signal)))).flat();
  return found.length === 0 ? passed : { passed: false, detail: shortList(found, 2) };
}

async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  if (signal.aborted) return undefined;
  const aborted = new Promise<undefined>((resolve) => {
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
  return Promise.race([promise, aborted]);
}

/** A new server in one service. */
interface Candidate {
  /** The service, with the servers that the rollout has added. */
  readonly service: VirtualService;
  readonly server: RealServer;
  readonly others: readonly RealServer[];
}

interface Suspect extends Candidate {
  readonly window: TrafficWindow;
}

const candidatesOf = ({ services }: DirectorPlan): readonly Candidate[] =>
  services.filter(isTcp).flatMap(({ baseline, added, newServers }) => {
    const service = { ...baseline, servers: [...baseline.servers, ...added] };
    const others = service.servers.filter(({ key }) => !newServers.includes(key));
    return service.servers
      .filter(({ key }) => newServers.includes(key))
      .map((server) => ({ service, server, others }));
  });

/** Tells whether a service may carry TCP: a firewall mark may, too. */
const isTcp = ({ baseline: { address } }: ServicePlan): boolean =>
  address.kind === 'fwmark' || address.protocol === 'tcp';

/**
 * Watches what one director shows over time. A listing that fails is no evidence here: the loop has
 * its own answer to failures.
 */
class Watch {
  private readonly director: Director;
  private readonly candidates: readonly Candidate[];
  private readonly clock: Clock;
  private readings: readonly TrafficReading[] = [];
  /** The cost of a listing that does not grow with the connections. */
  private readMs = 0;
  private readAtMs = 0;
  private nextConnectionsMs = 0;
  private vainLooks = 0;
  private waits = 0;
  private unproven: readonly Candidate[];
  private found: readonly string[] = [];

  constructor(director: Director, candidates: readonly Candidate[], clock: Clock) {
    this.director = director;
    this.candidates = candidates;
    this.unproven = candidates;
    this.clock = clock;
  }

  /** A sentence about each bad server. While the ramp lasts, an early word spares most clients. */
  async judge(isRamp: boolean, signal: AbortSignal): Promise<readonly string[]> {
    // A second look at once would show the same connections.
    if (this.found.length > 0) await this.clock.sleepUntil(this.lookAtMs(), signal);
    await this.findFaults(isRamp);
    // The step that comes next waits for the answer: a suspicion is cleared up first.
    while (this.isUndecided() && !signal.aborted) {
      this.waits++;
      await this.clock.sleepUntil(this.lookAtMs(), signal);
      if (!signal.aborted) await this.findFaults(isRamp);
    }
    return this.found;
  }

  private async findFaults(isRamp: boolean): Promise<void> {
    const suspects = await this.findSuspects(isRamp);
    if (suspects.length === 0) {
      this.found = [];
      this.vainLooks = 0;
      if (this.suspects(fewestToWait).length === 0) this.waits = 0;
    } else if (this.clock.nowMs() >= this.nextConnectionsMs) {
      await this.look(suspects);
    }
  }

  /** Tells whether there are suspects of whom the next readings of the table may say more. */
  private isUndecided(): boolean {
    if (this.found.length > 0 || this.suspects(fewestToWait).length === 0) return false;
    const most = this.suspects().length > 0 ? mostWaits.forEnough : mostWaits.forFew;
    return this.waits < most;
  }

  /**
   * Finds the suspects. Totals that came with a sample are enough to see that all is well, and
   * never to find fault.
   */
  private async findSuspects(isRamp: boolean): Promise<readonly Suspect[]> {
    const recent = totalsOfLate(this.director, this.clock.nowMs());
    if (this.found.length === 0 && recent && (!isRamp || this.isProven())) {
      if (recent.atMs > (this.readings.at(-1)?.atMs ?? 0)) this.keep(recent);
      if (this.suspects(fewestToWait).length === 0) return [];
    }
    await this.read();
    return this.suspects();
  }

  /** Tells whether every new server has served: until then totals that are a step old are too old. */
  private isProven(): boolean {
    this.unproven = this.unproven.filter((candidate) => {
      const window = this.windowOf(candidate, fewestToWait);
      return !window || isSuspicious({ server: candidate.server, window });
    });
    return this.unproven.length === 0;
  }

  private keep(reading: TrafficReading): void {
    const sinceMs = reading.atMs - rememberMs;
    this.readings = [...this.readings.filter(({ atMs }) => atMs >= sinceMs), reading];
  }

  /**
   * The time of the next reading of the table; one that takes long to read is not waited for. As long as
   * too few connections came to read it, that of the next totals.
   */
  private lookAtMs(): number {
    const soonMs = this.clock.nowMs() + lookEveryMs;
    return this.suspects().length > 0 ? Math.min(this.nextConnectionsMs, soonMs) : soonMs;
  }

  private async read(): Promise<void> {
    const { clock, director } = this;
    const nowMs = clock.nowMs();
    if (nowMs - this.readAtMs < readEveryMs) return;
    const totals = await director.totals(this.candidates.map(({ service }) => service.key));
    this.readMs = clock.nowMs() - nowMs;
    if (!totals.ok) return;
    this.readAtMs = clock.nowMs();
    this.keep({ atMs: this.readAtMs, totals: totals.value });
  }

  private suspects(connections = fewestConnections): readonly Suspect[] {
    return this.candidates.flatMap((candidate) => {
      const window = this.windowOf(candidate, connections);
      return window && isSuspicious({ server: candidate.server, window })
        ? [{ ...candidate, window }]
        : [];
    });
  }

  private windowOf(
    { service, server, others }: Candidate,
    connections: number,
  ): TrafficWindow | undefined {
    return windowOf(this.readings, {
      service: service.key,
      server: server.key,
      others: others.map(({ key }) => key),
      connections,
    });
  }

  private async look(suspects: readonly Suspect[]): Promise<void> {
    const { clock, director } = this;
    const startedMs = clock.nowMs();
    const table = await director.connections();
    const extraMs = clock.nowMs() - startedMs - this.readMs;
    if (table.ok) this.found = this.verdicts(suspects, table.value);
    if (this.found.length > 0) this.vainLooks = 0;
    const times = patience[Math.min(this.vainLooks, patience.length - 1)] ?? 1;
    this.vainLooks++;
    this.nextConnectionsMs = startedMs + Math.max(lookEveryMs, extraMs * times);
  }

  private verdicts(suspects: readonly Suspect[], table: ConnectionTable): readonly string[] {
    return suspects.flatMap(({ service, server, others, window }) => {
      const counts = countHandshakes(table, service, recentS(window));
      const verdict = judgeHandshakes({
        server,
        window,
        own: counts.get(server.key) ?? noHandshakes,
        others: sumHandshakes(others.flatMap(({ key }) => counts.get(key) ?? [])),
      });
      return verdict === undefined ? [] : [`${server.key} in ${service.key}: ${verdict}`];
    });
  }
}
