import type { ServerKey, ServiceKey } from '../../domain/address.ts';
import { ok, type Result } from '../../domain/failure.ts';
import {
  type ConnectionCounts,
  type ConnectionTable,
  findServer,
  findService,
  type VirtualService,
} from '../../domain/ipvs/ipvs.ts';
import { type DrainWatch, judgeDrain, unwatched } from '../../rollout/observe/drain-verdict.ts';
import {
  findOpenConnections,
  type OpenConnections,
} from '../../rollout/observe/open-connections.ts';
import { stallReason } from '../../rollout/observe/stall-reason.ts';
import type { Clock, Director } from '../../rollout/ports.ts';
import { type Emptiness, verdictKey } from '../decide/kube-view.ts';

/** How long a server must stay empty before it is believed, and how often counters are looked at. */
const settleMs = 5_000;
const pollMs = 1_000;
/** The connection table costs time that grows with it: it is read at most so often to explain a wait. */
const explainEveryMs = 60_000;
/** The part of the time that readings of the connection table may take. */
const restFactor = 20;

export interface WatchedServer {
  readonly service: ServiceKey;
  readonly server: ServerKey;
}

interface Watched extends WatchedServer {
  readonly sinceMs: number;
  readonly watch: DrainWatch;
}

/** Watches the servers at weight 0 of one director: the engine's own verdict on each. */
export class EmptinessWatch {
  private readonly director: Director;
  private readonly clock: Clock;
  private readonly watched = new Map<string, Watched>();
  private nextPollMs = 0;
  private nextTableMs = 0;
  private nextExplainMs = 0;
  private sysctls: ReadonlyMap<string, number> = new Map();

  constructor(director: Director, clock: Clock) {
    this.director = director;
    this.clock = clock;
  }

  /** The time of the next look; never while nobody leaves. */
  get nextMs(): number {
    return this.watched.size === 0 ? Number.POSITIVE_INFINITY : this.nextPollMs;
  }

  /** Watches exactly these from now on; what is known of those that stay is kept. */
  keep(servers: readonly WatchedServer[]): void {
    const keys = new Set(servers.map(({ service, server }) => verdictKey(service, server)));
    for (const key of this.watched.keys()) if (!keys.has(key)) this.watched.delete(key);
    for (const one of servers) {
      const key = verdictKey(one.service, one.server);
      if (this.watched.has(key)) continue;
      this.watched.set(key, { ...one, sinceMs: this.clock.nowMs(), watch: unwatched });
      this.nextPollMs = Math.min(this.nextPollMs, this.clock.nowMs());
    }
  }

  verdicts(services: readonly VirtualService[]): ReadonlyMap<string, Emptiness> {
    const found = new Map<string, Emptiness>();
    for (const [key, one] of this.watched) {
      const { verdict } = one.watch;
      if (verdict.kind === 'drained') found.set(key, { kind: 'empty' });
      if (verdict.kind !== 'draining') continue;
      const { connections } = verdict;
      found.set(key, { kind: 'busy', connections, reason: this.reasonOf(one, services) });
    }
    return found;
  }

  /**
   * Looks at the counters, and at the connection table where only that can tell. What is not in this table
   * any more is not asked for. `undefined` where it is not time yet.
   */
  look(services: readonly VirtualService[]): Promise<Result<void>> | undefined {
    const { clock } = this;
    for (const [key, { service, server }] of this.watched) {
      const live = findService({ services }, service);
      if (!live || !findServer(live, server)) this.watched.delete(key);
    }
    if (this.watched.size === 0 || clock.nowMs() < this.nextPollMs) return undefined;
    this.nextPollMs = clock.nowMs() + pollMs;
    return this.read(services);
  }

  private async read(services: readonly VirtualService[]): Promise<Result<void>> {
    const { clock, director } = this;
    const keys = [...new Set([...this.watched.values()].map(({ service }) => service))];
    const sampledAtMs = clock.nowMs();
    const samples = await director.sample(keys);
    if (!samples.ok) return samples;
    const counts = new Map<string, ConnectionCounts>();
    for (const { service, servers } of samples.value) {
      for (const [server, sample] of servers) counts.set(verdictKey(service, server), sample);
    }
    this.judge(counts, { sampledAtMs });
    const needs = [...this.watched.values()].some(
      ({ watch }) => watch.verdict.kind === 'needs-connections',
    );
    const explains = clock.nowMs() >= this.nextExplainMs;
    if (!(needs || explains) || clock.nowMs() < this.nextTableMs) return ok(undefined);
    return this.readTable(counts, services);
  }

  private async readTable(
    counts: ReadonlyMap<string, ConnectionCounts>,
    services: readonly VirtualService[],
  ): Promise<Result<void>> {
    const { clock, director } = this;
    const atMs = clock.nowMs();
    const table = await director.connections();
    const untilMs = clock.nowMs();
    this.nextTableMs = untilMs + Math.max(pollMs, (untilMs - atMs) * restFactor);
    this.nextExplainMs = untilMs + explainEveryMs;
    if (!table.ok) return table;
    this.sysctls = (await director.facts({ version: false })).sysctls;
    const open = this.openConnections(table.value, services);
    this.judge(counts, { sampledAtMs: atMs, readUntilMs: untilMs, open });
    return ok(undefined);
  }

  private openConnections(
    table: ConnectionTable,
    services: readonly VirtualService[],
  ): ReadonlyMap<string, OpenConnections> {
    const found = new Map<string, OpenConnections>();
    const byService = new Map<ServiceKey, ServerKey[]>();
    for (const { service, server } of this.watched.values())
      byService.set(service, [...(byService.get(service) ?? []), server]);
    for (const [service, servers] of byService) {
      const live = findService({ services }, service);
      if (!live) continue;
      for (const [server, open] of findOpenConnections(table, live, servers))
        found.set(verdictKey(service, server), open);
    }
    return found;
  }

  private judge(
    counts: ReadonlyMap<string, ConnectionCounts>,
    at: {
      readonly sampledAtMs: number;
      readonly readUntilMs?: number;
      readonly open?: ReadonlyMap<string, OpenConnections>;
    },
  ): void {
    for (const [key, one] of this.watched) {
      const counted = counts.get(key);
      // It was given back its weight, and has lost it again, since this was asked.
      if (!counted || at.sampledAtMs < one.sinceMs) continue;
      const openConnections = at.open?.get(key);
      const judged = judgeDrain(one.watch, {
        sampledAtMs: at.sampledAtMs,
        counts: counted,
        settleMs,
        ...(at.readUntilMs === undefined ? {} : { readUntilMs: at.readUntilMs }),
        ...(openConnections ? { openConnections } : {}),
      });
      const latest = openConnections ?? one.watch.openConnections;
      this.watched.set(key, {
        ...one,
        watch: latest ? { ...judged, openConnections: latest } : judged,
      });
    }
  }

  private reasonOf(
    { service, server, sinceMs, watch: { openConnections } }: Watched,
    services: readonly VirtualService[],
  ): string | undefined {
    const live = findService({ services }, service);
    const row = live && findServer(live, server);
    if (!live || !row) return undefined;
    return stallReason({
      service: live,
      forwarding: row.forwarding,
      persistConn: 0,
      quiescedForS: (this.clock.nowMs() - sinceMs) / 1_000,
      reusedPorts: 0,
      sysctls: this.sysctls,
      ...(openConnections ? { openConnections } : {}),
    });
  }
}
