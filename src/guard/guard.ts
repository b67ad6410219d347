import { lockForEdit } from '../daemons/lock-for-edit.ts';
import { createTroubles, inOneLine } from '../daemons/troubles.ts';
import { createWaker, type Waker } from '../daemons/waker.ts';
import type { ServiceKey } from '../domain/address.ts';
import type { GuardEventBody } from '../domain/events/guard-event.ts';
import { exitCodeOf, type Failure } from '../domain/failure.ts';
import type { GuardConfig, GuardedService } from '../domain/health/guard.ts';
import { findService } from '../domain/ipvs/ipvs.ts';
import { heldDirector } from '../rollout/held-director.ts';
import { createAgentBook, questionsTo } from './agents/agent-book.ts';
import type { CheckedServer, Checkers } from './checkers.ts';
import { decideServices } from './decide/decide-services.ts';
import type { Answer } from './decide/health.ts';
import type { Decisions, ServiceDecision, ServiceMemory } from './decide/service-view.ts';
import { createFolderWatch, type FolderWatch, folderIntervalMs } from './folder-watch.ts';
import type { Claims } from './guard-locks.ts';
import type { GuardDeps } from './guard-ports.ts';
import { type GuardWorld, lookAround, marksAfter, ownService } from './guard-view.ts';
import { clientsThatStay, leftOut, missingService, ownFallback } from './guard-warnings.ts';
import { createHealthBook } from './health-book.ts';
import { hearAnswer, restMs } from './hear-answer.ts';
import { cutOff, leavingServers, moveClients, restoreRows } from './move-clients.ts';
import { noteRollout } from './rollout-note.ts';
import type { GuardStanding } from './seen/guard-metrics.ts';
import { createReportKeeper, type ReportKeeper } from './seen/guard-report.ts';
import { standingOf } from './seen/standing.ts';
import { changesFallback, forgetEdited, writesAnything, writeWeights } from './write-weights.ts';

/**
 * Guards the services of one director. Weights stay as they are when a guard ends, and marks tell
 * the next guard where to go on.
 */
export class Guard {
  private readonly deps: GuardDeps;
  private config: GuardConfig;
  private readonly claims: Claims;
  private readonly checkers: Checkers;
  private readonly waker: Waker;
  private world: GuardWorld | undefined;
  private readonly folder: FolderWatch;
  private readonly health = createHealthBook();
  private readonly agents = createAgentBook();
  private readonly memories = new Map<ServiceKey, ServiceMemory>();
  private readonly rollouts = new Map<ServiceKey, string>();
  private readonly trouble = createTroubles((event) => this.emit(event));
  private readonly report: ReportKeeper;
  private turnedMs: number | undefined;
  private listedMs = Number.NEGATIVE_INFINITY;
  private reloadAsked = false;
  private hasStarted = false;
  private isOver = false;
  private nextConnectionsMs = 0;
  private nextFolderMs = 0;
  /** The time before which nothing is written, because the last attempt failed. */
  private retryMs = 0;

  constructor(deps: GuardDeps, config: GuardConfig, claims: Claims) {
    this.deps = deps;
    this.config = config;
    this.claims = claims;
    this.waker = createWaker(deps.clock);
    this.folder = createFolderWatch({
      readFolder: deps.readFolder,
      emit: (event) => this.emit(event),
      // Health first: what was good before the maintenance is no reason to bring it back.
      released: (service, server) => this.health.startOver(service, server),
    });
    deps.board.join(() => this.standing());
    this.report = createReportKeeper(deps, this.trouble);
    this.checkers = deps.checks.join({
      heard: (one, answer) => this.heard(one, answer),
      cannotAsk: (service, { what }) =>
        this.emit({ type: 'warning', code: 'cannot-check', service, message: what }),
    });
  }

  /** Begins, or returns why the guard cannot begin. */
  async begin(): Promise<Failure | undefined> {
    const { stop, onReload } = this.deps;
    onReload(() => {
      this.reloadAsked = true;
      this.waker.wake();
    });
    stop.signal().addEventListener('abort', () => this.waker.wake());
    return (await this.look()) ?? (await this.readFolder());
  }

  /** Runs on from where `begin` got to, and returns the exit code. */
  async run(notBegun: Failure | undefined): Promise<number> {
    const { clock, stop } = this.deps;
    this.trouble(this.world ? 'cannot-read-folder' : 'cannot-list', notBegun);
    for (;;) {
      this.turnedMs = clock.nowMs();
      await this.sayStarted();
      const request = stop.requested();
      if (request) {
        const exitCode = exitCodeOf(request.signal);
        const reason = request.signal.toUpperCase();
        this.emit({ type: 'guard-stopped', reason, exitCode });
        await this.report.end();
        return exitCode;
      }
      if (this.isOver) return 0;
      if (this.reloadAsked) await this.reload();
      if (clock.nowMs() >= this.nextConnectionsMs) this.trouble('cannot-list', await this.look());
      if (this.world && clock.nowMs() >= this.nextFolderMs)
        this.trouble('cannot-read-folder', await this.readFolder());
      const dueMs = await this.turn();
      if (this.world) this.report.turned(this.standing());
      const folderMs = this.world ? this.nextFolderMs : Number.POSITIVE_INFINITY;
      await this.waker.sleepUntil(Math.min(dueMs, this.nextConnectionsMs, folderMs));
    }
  }

  end(): void {
    this.isOver = true;
    this.checkers.stop();
    this.waker.wake();
  }

  private async sayStarted(): Promise<void> {
    if (this.hasStarted || !this.world) return;
    this.hasStarted = true;
    const services = this.config.services.map(({ service }) => service);
    this.emit({ type: 'guard-started', services, file: this.deps.file });
    await this.warnOfClients();
  }

  private async warnOfClients(): Promise<void> {
    const { world, config } = this;
    const live = config.services.flatMap(({ service, clients }) =>
      clients !== 'move' && world ? (findService(world.snapshot, service) ?? []) : [],
    );
    const { sysctls } = await this.deps.director.facts({ version: false });
    for (const event of clientsThatStay(live, sysctls)) this.emit(event);
  }

  /**
   * Decides on the known table; where something is to be written, decides again on a fresh listing
   * under the lock.
   */
  private async turn(): Promise<number> {
    const { clock } = this.deps;
    const decisions = this.decide();
    const writing = [...decisions].filter(([, decision]) => writesAnything(decision));
    for (const [service, decision] of decisions) {
      if (!writesAnything(decision)) this.commit(service, decision);
    }
    const dues = [...decisions.values()].flatMap(({ dueMs }) => dueMs ?? []);
    const unfinished = this.world ? cutOff(this.world).map(({ service }) => service) : [];
    if (writing.length + unfinished.length === 0)
      return Math.min(...dues, Number.POSITIVE_INFINITY);
    if (clock.nowMs() < this.retryMs) return this.retryMs;
    await this.write([...new Set([...unfinished, ...writing.map(([service]) => service)])]);
    // At once again: something may have happened meanwhile.
    return clock.nowMs();
  }

  private async write(services: readonly ServiceKey[]): Promise<void> {
    const { table, clock } = this.deps;
    this.retryMs = clock.nowMs() + this.config.pollMs;
    const locked = await lockForEdit(this.deps, services);
    const { mine, rollouts, failure } = locked;
    this.trouble('cannot-lock', failure);
    for (const [service, rollout] of rollouts) this.noteRollout(service, rollout);
    try {
      if (mine.length === 0) return;
      const unseen = await this.look();
      this.trouble('cannot-list', unseen);
      if (unseen || !this.world) return;
      const deps = { ...this.deps, director: heldDirector(this.deps.director, locked) };
      const pending = cutOff(this.world, mine);
      const restored = await restoreRows(deps, pending);
      this.trouble('cannot-restore', restored.ok ? undefined : restored.failure);
      if (restored.ok && pending.length > 0 && (await this.look())) return;
      const decisions = new Map([...this.decide()].filter(([service]) => mine.includes(service)));
      const written = await writeWeights(deps, decisions, this.world);
      this.trouble('cannot-write', written.failure);
      this.world = { ...this.world, snapshot: written.snapshot };
      if (!written.stands) return forgetEdited(this.memories, decisions);
      const marks = marksAfter(this.world, decisions, table, clock.nowMs());
      this.world = { ...this.world, marks };
      for (const [service, decision] of decisions) this.commit(service, decision);
      if (!written.failure && restored.ok) this.retryMs = 0;
      if ([...decisions.values()].some(changesFallback)) this.nextConnectionsMs = 0;
      await this.moveClients(deps, this.world, decisions);
    } finally {
      await locked.release();
    }
  }

  private async moveClients(deps: GuardDeps, world: GuardWorld, made: Decisions): Promise<void> {
    const leaving = leavingServers(this.config, made, world);
    const moved = await moveClients(deps, leaving, world.snapshot);
    this.trouble('cannot-move-clients', moved.ok ? undefined : moved.failure);
    for (const event of moved.ok ? moved.value : []) this.emit(event);
    // The marks of what was cut off tell where to go on.
    if (!moved.ok) this.nextConnectionsMs = 0;
  }

  private decide(): Decisions {
    const { world, health, agents, memories, rollouts } = this;
    if (!world) return new Map();
    const guarded = this.config.services.filter(({ service }) => !rollouts.has(service));
    const nowMs = this.deps.clock.nowMs();
    const folder = this.folder.files();
    return decideServices(guarded, { world, health, agents, folder, memories, nowMs });
  }

  private commit(service: ServiceKey, decision: ServiceDecision): void {
    this.memories.set(service, decision.memory);
    for (const event of decision.events) this.emit(event);
  }

  private async look(): Promise<Failure | undefined> {
    this.nextConnectionsMs = this.deps.clock.nowMs() + this.config.pollMs;
    const looked = await lookAround(this.deps, this.config);
    if (!looked.ok) return looked.failure;
    this.world = looked.value;
    this.listedMs = this.deps.clock.nowMs();
    const checked: CheckedServer[] = [];
    for (const guarded of this.config.services) {
      const { service } = guarded;
      this.noteRollout(service, looked.value.rollouts.get(service));
      const live = ownService(looked.value, service);
      this.trouble('no-such-service', live ? undefined : missingService(service), service);
      this.trouble('own-fallback', live && ownFallback(guarded, live), service);
      this.agents.keep(service, live);
      if (live) checked.push(...questionsTo(guarded, live));
    }
    this.checkers.keep(checked);
    return undefined;
  }

  private noteRollout(service: ServiceKey, rollout: string | undefined): void {
    const event = noteRollout(this.rollouts, service, rollout);
    if (event) this.emit(event);
  }

  private readFolder(): Promise<Failure | undefined> {
    this.nextFolderMs = this.deps.clock.nowMs() + folderIntervalMs(this.config);
    return this.folder.read(this.config, this.world?.snapshot ?? { services: [] });
  }

  private standing(): GuardStanding {
    const { config, turnedMs, listedMs, health, memories, rollouts } = this;
    return standingOf({
      ...{ director: this.deps.director.name, nowMs: this.deps.clock.nowMs() },
      ...{ config, turnedMs, listedMs, health, memories, rollouts },
      fallbacks: this.world?.fallbacks ?? [],
    });
  }

  private async reload(): Promise<void> {
    this.reloadAsked = false;
    const read = await this.deps.readConfig();
    const services = read.ok ? read.value.services.map(({ service }) => service) : [];
    const refused = read.ok ? await this.claims.hold(services) : read.failure;
    if (refused) this.emit({ type: 'reload-refused', message: inOneLine(refused) });
    if (refused || !read.ok) return;
    const before = this.config;
    this.config = read.value;
    for (const old of before.services) this.forgetChanged(old);
    this.emit({ type: 'reloaded', services });
    await this.warnOfClients();
    this.nextConnectionsMs = 0;
    this.nextFolderMs = 0;
  }

  /** Forgets the health of a service whose check has changed, and all of one that is gone. */
  private forgetChanged(old: GuardedService): void {
    const now = this.config.services.find(({ service }) => service === old.service);
    if (!now || !isAlike(now.agent, old.agent)) this.agents.forget(old.service);
    if (now && isAlike(now.check, old.check)) return;
    this.health.forget(old.service);
    if (now) return;
    this.memories.delete(old.service);
    this.rollouts.delete(old.service);
    for (const event of leftOut(this.world, old.service)) this.emit(event);
  }

  private heard(one: CheckedServer, answer: Answer): void {
    const { world, health, agents, folder } = this;
    const { event, wakes } =
      one.guarded.check.kind === 'agent'
        ? agents.hear(one, answer)
        : hearAnswer({ world, health, folder: folder.files() }, one, answer);
    if (event) this.emit(event);
    if (wakes === 'now') this.waker.wake();
    if (wakes === 'soon') this.waker.wakeFrom((this.turnedMs ?? 0) + restMs(world));
  }

  private emit(body: GuardEventBody): void {
    const at = new Date(this.deps.clock.nowMs()).toISOString();
    this.deps.emit({ v: 1, at, director: this.deps.director.name, ...body });
  }
}

const isAlike = (one: unknown, other: unknown): boolean =>
  JSON.stringify(one) === JSON.stringify(other);
