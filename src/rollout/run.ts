import type { ServerKey, ServiceKey } from '../domain/address.ts';
import { assertNever } from '../domain/assert-never.ts';
import type { EventBody } from '../domain/event.ts';
import { exitCodeOf, type Failure } from '../domain/failure.ts';
import type { Change, Snapshot } from '../domain/ipvs.ts';
import type { DirectorPlan } from '../domain/plan.ts';
import type { Action } from './action.ts';
import { decide } from './decide.ts';
import {
  bystanderWarning,
  drainedEvents,
  endEvents,
  milestoneEvents,
  quiescedEvents,
  sampleEvents,
  stallEvents,
} from './engine-events.ts';
import {
  applyEntry,
  directorState,
  drainKey,
  type JournalBody,
  type JournalEntry,
  journalVersion,
  type Milestone,
  type RolloutEnd,
  type RolloutState,
} from './journal.ts';
import { leavingServers } from './leaving.ts';
import {
  directorNamed,
  lookAtConnections,
  type Observed,
  observeDirectors,
  sampleDirectors,
} from './listing.ts';
import {
  afterFailure,
  afterSuccess,
  initialObservation,
  type Observation,
  type StopRequest,
  withDirector,
} from './observation.ts';
import { orderChanges } from './order-changes.ts';
import { overlay } from './overlay.ts';
import type { Clock, ControlInbox, Director, Emit, Journal } from './ports.ts';
import { changesTo, milestoneTargets } from './service-target.ts';

export interface EngineDeps {
  readonly directors: ReadonlyMap<string, Director>;
  readonly journal: Journal;
  readonly inbox: ControlInbox;
  readonly clock: Clock;
  readonly emit: Emit;
  readonly stop: StopSwitch;
}

/** How SIGINT and SIGTERM reach the loop. */
export interface StopSwitch {
  requested(): StopRequest | undefined;
  /** Aborts at the next request, and so ends a wait. */
  signal(): AbortSignal;
}

/**
 * The loop: decide, write the intent, act, read back, write what happened. Started on a journal that
 * has entries already, it resumes. Nothing that can go wrong in the world is thrown: it is in the end.
 */
export async function runRollout(deps: EngineDeps, state: RolloutState): Promise<RolloutEnd> {
  const engine = new Engine(deps, state);
  for (;;) {
    const action = await engine.decide();
    if (action.kind === 'leave') return engine.end();
    await engine.perform(action);
  }
}

class Engine {
  private readonly deps: EngineDeps;
  private state: RolloutState;
  private seen: Observation;

  constructor(deps: EngineDeps, state: RolloutState) {
    this.deps = deps;
    this.state = state;
    this.seen = initialObservation(deps.directors.keys(), deps.clock.nowMs());
  }

  async decide(): Promise<Action> {
    const stop = this.deps.stop.requested();
    const control = await this.deps.inbox.take();
    const seen = {
      ...this.seen,
      ...(stop ? { stop } : {}),
      ...(control ? { control } : {}),
    };
    return decide(this.state, seen, this.deps.clock.nowMs());
  }

  end(): RolloutEnd {
    if (!this.state.end) throw new Error('left a rollout that has not ended');
    return this.state.end;
  }

  async perform(action: Exclude<Action, { kind: 'leave' }>): Promise<void> {
    switch (action.kind) {
      case 'wait':
        return this.deps.clock.sleepUntil(Math.ceil(action.untilMs), this.deps.stop.signal());
      case 'observe':
        return this.take(await observeDirectors(this.world(), action.directors));
      case 'sample':
        return this.take(await sampleDirectors(this.world()));
      case 'look':
        this.seen = await lookAtConnections(this.world());
        return;
      case 'explain': {
        const seen = await lookAtConnections(this.world());
        this.seen = { ...seen, explainedMs: this.deps.clock.nowMs() };
        for (const event of stallEvents(this.state, this.seen, action.waiting)) this.emit(event);
        return;
      }
      case 'reach':
        return this.reach(action);
      case 'declare-drained':
        return this.declareDrained(action.drainKeys);
      case 'undrain':
        return this.undrain(action.service, [action.server]);
      case 'note-bystander': {
        const { kind: _, expected, found, ...where } = action.drift;
        const noted = await this.record({ type: 'bystander-changed', ...where, weight: found });
        if (noted) this.emit(bystanderWarning(action.drift));
        return;
      }
      case 'turn-back': {
        const { reason, exitCode } = action;
        const turned = await this.record({ type: 'turned-back', reason, exitCode });
        if (turned) this.emit({ type: 'rollback-started', reason });
        // Other servers are to be emptied from here on, with a deadline of their own.
        const { explainedMs: _, ...seen } = this.seen;
        this.seen = seen;
        return;
      }
      case 'pause': {
        const { reason } = action;
        if (await this.record({ type: 'paused', reason })) this.emit({ type: 'paused', reason });
        return;
      }
      case 'continue': {
        const { reason } = action;
        const pausedForMs = this.deps.clock.nowMs() - (this.state.pausedAtMs ?? 0);
        const startAtMs = this.state.startAtMs + pausedForMs;
        const noted = await this.record({ type: 'continued', startAtMs });
        if (noted) this.emit({ type: 'continued', reason });
        return;
      }
      case 'end': {
        const { outcome, exitCode, message } = action;
        const ended = await this.record({ type: 'ended', outcome, exitCode, message });
        if (ended) for (const event of endEvents(action)) this.emit(event);
        return;
      }
      default:
        return assertNever(action);
    }
  }

  private world() {
    const { directors, clock } = this.deps;
    return { directors, clock, state: this.state, seen: this.seen };
  }

  private take({ seen, sampled }: Observed): void {
    this.seen = seen;
    for (const { director, services } of sampled) {
      for (const event of sampleEvents(this.planOf(director), services)) this.emit(event);
    }
  }

  private async declareDrained(drainKeys: readonly string[]): Promise<void> {
    const events = drainedEvents(this.state, drainKeys, this.deps.clock.nowMs());
    for (const { key, service, server } of leavingServers(this.state)) {
      if (!drainKeys.includes(key)) continue;
      if (!(await this.record({ type: 'drained', service, server }))) return;
    }
    for (const event of events) this.emit(event);
  }

  private async reach(action: Extract<Action, { kind: 'reach' }>): Promise<void> {
    const { milestone, directors, dueMs } = action;
    for (const director of directors) {
      if (!(await this.record({ type: 'intended', director, milestone }))) return;
    }
    const edits = await Promise.all(directors.map((name) => this.edit(name, milestone)));
    for (const { name, startedMs, tookMs } of edits) {
      if (tookMs === undefined) {
        // The next attempt is later: what was empty now has to be looked at again by then.
        if (milestone.kind === 'retire') await this.undrain(milestone.service, milestone.servers);
        continue;
      }
      const before = this.state;
      if (!(await this.record({ type: 'reached', director: name, milestone }))) return;
      const timing = { lateMs: Math.max(0, startedMs - dueMs), applyMs: tookMs };
      const nowMs = this.deps.clock.nowMs();
      const plan = this.planOf(name);
      for (const event of [
        ...milestoneEvents(this.state, plan, milestone, timing, nowMs),
        ...quiescedEvents(before, this.state),
      ]) {
        this.emit(event);
      }
    }
  }

  private async undrain(service: ServiceKey, servers: readonly ServerKey[]): Promise<void> {
    for (const server of servers) {
      if (!this.state.drained.has(drainKey(service, server))) continue;
      if (!(await this.record({ type: 'undrained', service, server }))) return;
      const watches = new Map(this.seen.watches);
      watches.delete(drainKey(service, server));
      this.seen = { ...this.seen, watches };
    }
  }

  /** One `ipvsadm` process, or none when the live table is the milestone already; `tookMs` is absent on failure. */
  private async edit(
    name: string,
    milestone: Milestone,
  ): Promise<{ readonly name: string; readonly startedMs: number; readonly tookMs?: number }> {
    const { clock } = this.deps;
    const startedMs = clock.nowMs();
    const table = this.seen.directors.get(name)?.table?.snapshot;
    if (!table) throw new Error(`an edit of ${name} without a listing before it`);
    const changes = this.changes(name, milestone, table);
    if (changes.length === 0) {
      this.seen = withDirector(this.seen, name, (live) => afterSuccess(live, 'edit'));
      return { name, startedMs, tookMs: 0 };
    }
    const applied = await directorNamed(this.deps, name).apply(changes);
    const nowMs = clock.nowMs();
    const tookMs = nowMs - startedMs;
    this.seen = withDirector(this.seen, name, (live) => {
      if (!applied.ok) return afterFailure(live, 'edit', applied.failure, nowMs);
      const snapshot = overlay(table, applied.value);
      return {
        ...afterSuccess(live, 'edit', tookMs),
        table: { atMs: nowMs, snapshot },
        sample: { atMs: nowMs, services: snapshot.samples },
      };
    });
    return applied.ok ? { name, startedMs, tookMs } : { name, startedMs };
  }

  private changes(name: string, milestone: Milestone, table: Snapshot): readonly Change[] {
    const plan = this.planOf(name);
    const live = new Map(table.services.map((service) => [service.key, service]));
    const targets = milestoneTargets(plan, directorState(this.state, plan), milestone);
    const changes = targets.flatMap((target) => {
      const service = live.get(target.plan.service);
      return service ? changesTo(target, service) : [];
    });
    return orderChanges(changes, table);
  }

  private planOf(name: string): DirectorPlan {
    const plan = this.state.plan.directors.find(({ director }) => director === name);
    if (!plan) throw new Error(`the plan has no director ${name}`);
    return plan;
  }

  /** False when the journal could not be written: the rollout has ended then, before the change. */
  private async record(body: JournalBody): Promise<boolean> {
    const entry: JournalEntry = { ...body, v: journalVersion, atMs: this.deps.clock.nowMs() };
    const written = await this.deps.journal.append(entry);
    this.state = applyEntry(this.state, written.ok ? entry : this.unwritten(written.failure));
    return written.ok;
  }

  private unwritten(failure: Failure): JournalEntry {
    const end = {
      outcome: 'held',
      exitCode: exitCodeOf('director'),
      message: `the journal cannot be written: ${failure.what}; held before the next change`,
    } as const;
    for (const event of endEvents({ kind: 'end', ...end })) this.emit(event);
    return { type: 'ended', ...end, v: journalVersion, atMs: this.deps.clock.nowMs() };
  }

  private emit(body: EventBody): void {
    const at = new Date(this.deps.clock.nowMs()).toISOString();
    this.deps.emit({ v: 1, at, rollout: this.state.rollout, ...body });
  }
}
