import type { ServerKey, ServiceKey } from '../domain/address.ts';
import { assertNever } from '../domain/assert-never.ts';
import type { EventBody } from '../domain/event.ts';
import { exitCodeOf, type Failure } from '../domain/failure.ts';
import type { DirectorPlan } from '../domain/plan.ts';
import type { Action } from './action.ts';
import { changesToReach } from './changes-to-reach.ts';
import { courseOf, slowestStep } from './course.ts';
import { decide } from './decide.ts';
import { gatesInForce } from './decide-gates.ts';
import { drainKey, type Milestone } from './director-state.ts';
import { unwrittenMessage } from './end-messages.ts';
import type { EngineDeps } from './engine-deps.ts';
import {
  drainedEvents,
  endEvents,
  milestoneEvents,
  passedEvents,
  quiescedEvents,
  sampleEvents,
  skippedWarnings,
} from './engine-events.ts';
import { countQuiesced, explainWaiting } from './explain.ts';
import { gateContext } from './gate-context.ts';
import type { GateStanding } from './gate-standing.ts';
import { GateWatch } from './gate-watch.ts';
import {
  applyEntry,
  directorState,
  type JournalBody,
  type JournalEntry,
  journalVersion,
  type RolloutEnd,
  type RolloutState,
} from './journal.ts';
import { leavingServers } from './leaving.ts';
import { directorNamed, type Observed, observeDirectors, sampleDirectors } from './listing.ts';
import { type Note, noteOf } from './notes.ts';
import {
  afterFailure,
  afterSuccess,
  initialObservation,
  type Observation,
  withDirector,
} from './observation.ts';
import { overlay } from './overlay.ts';
import { lookAtConnections } from './read-connections.ts';

/**
 * The loop: decide, write the intent, act, read back, write what happened. Started on a journal that
 * has entries already, it resumes. Nothing that can go wrong in the world is thrown: it is in the end.
 */
export async function runRollout(deps: EngineDeps, state: RolloutState): Promise<RolloutEnd> {
  const engine = new Engine(deps, state);
  for (;;) {
    const action = await engine.decide();
    if (action.kind === 'leave') return engine.leave();
    await engine.perform(action);
  }
}

class Engine {
  private readonly deps: EngineDeps;
  private state: RolloutState;
  private seen: Observation;
  private readonly gates: GateWatch;
  /** A gate has answered since the last decision. */
  private hasNews = false;
  private endWait = (): void => {};
  /** As it was when the last decision was made. */
  private stopSignal: AbortSignal;

  constructor(deps: EngineDeps, state: RolloutState) {
    this.deps = deps;
    this.state = state;
    this.seen = initialObservation(deps.directors.keys(), deps.clock.nowMs());
    this.stopSignal = deps.stop.signal();
    this.gates = new GateWatch(deps.gates ?? [], deps.clock, (...answer) => this.hear(...answer));
  }

  async decide(): Promise<Action> {
    this.stopSignal = this.deps.stop.signal();
    const stop = this.deps.stop.requested();
    const control = await this.deps.inbox.take();
    this.hasNews = false;
    const seen = {
      ...this.seen,
      gates: this.gates.standings(),
      ...(stop ? { stop } : {}),
      ...(control ? { control } : {}),
    };
    return decide(this.state, seen, this.deps.clock.nowMs());
  }

  leave(): RolloutEnd {
    this.gates.close();
    if (!this.state.end) throw new Error('left a rollout that has not ended');
    return this.state.end;
  }

  async perform(action: Exclude<Action, { kind: 'leave' }>): Promise<void> {
    switch (action.kind) {
      case 'wait':
        return this.wait(Math.ceil(action.untilMs));
      case 'ask':
        this.gates.ask(action.gates, gateContext(this.state));
        return;
      case 'observe':
        return this.take(await observeDirectors(this.world(), action.directors));
      case 'sample':
        return this.take(await sampleDirectors(this.world()));
      case 'look':
        this.seen = (await lookAtConnections(this.world())).seen;
        return;
      case 'explain': {
        const { seen, events } = await explainWaiting(this.world(), action.waiting);
        this.seen = seen;
        for (const event of events) this.emit(event);
        return;
      }
      case 'count':
        this.seen = { ...this.seen, counted: await countQuiesced(this.world()) };
        return;
      case 'reach':
        return this.reach(action);
      case 'declare-drained':
        return this.declareDrained(action.drainKeys);
      case 'undrain':
        return this.undrain(action.service, [action.server]);
      case 'turn-back': {
        // On the way back nobody is asked.
        this.gates.close();
        await this.note(action);
        // Other servers are to be emptied from here on, with a deadline of their own.
        const { explainedMs: _, counted: __, ...seen } = this.seen;
        this.seen = seen;
        return;
      }
      case 'note-bystander':
      case 'shift':
      case 'pause':
      case 'continue':
      case 'end':
        return this.note(action);
      default:
        return assertNever(action);
    }
  }

  /** Until then, or until somebody stops the rollout or a gate has answered. */
  private async wait(untilMs: number): Promise<void> {
    const ends = new AbortController();
    const end = (): void => ends.abort();
    const stop = this.stopSignal;
    stop.addEventListener('abort', end, { once: true });
    this.endWait = end;
    // Since the decision to wait it may have happened already.
    if (stop.aborted || this.hasNews) end();
    await this.deps.clock.sleepUntil(untilMs, ends.signal);
    stop.removeEventListener('abort', end);
  }

  private hear(name: string, before: GateStanding, { verdict, detail }: GateStanding): void {
    if (before.verdict !== 'failed' && verdict === 'failed') {
      const { step } = gateContext(this.state);
      this.emit({ type: 'gate-failed', gate: name, step, detail });
    }
    this.hasNews = true;
    this.endWait();
  }

  /** Writes down what changes nothing but the journal, and tells of it. */
  private async note(action: Note): Promise<void> {
    const { entry, events } = noteOf(this.state, action, this.deps.clock.nowMs());
    if (await this.record(entry)) for (const event of events) this.emit(event);
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
    const course = courseOf(this.state);
    const standing = course ? slowestStep(this.state, course) : -1;
    const gates = gatesInForce(this.state, this.gates.standings());
    for (const director of directors) {
      if (!(await this.record({ type: 'intended', director, milestone }))) return;
    }
    const edits = await Promise.all(directors.map((name) => this.edit(name, milestone)));
    if (course && 'step' in milestone && edits.some(({ tookMs }) => tookMs !== undefined)) {
      for (const event of skippedWarnings(course, standing, milestone.step)) this.emit(event);
      for (const event of passedEvents(gates, milestone)) this.emit(event);
    }
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
    const plan = this.planOf(name);
    const changes = changesToReach(plan, directorState(this.state, plan), milestone, table);
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

  private planOf(name: string): DirectorPlan {
    const plan = this.state.plan.directors.find(({ director }) => director === name);
    if (!plan) throw new Error(`the plan has no director ${name}`);
    return plan;
  }

  /** False when the journal could not be written: the rollout has ended then, before the change. */
  private async record(body: JournalBody): Promise<boolean> {
    const entry: JournalEntry = { ...body, v: journalVersion, atMs: this.deps.clock.nowMs() };
    const written = await this.deps.journal.append(entry);
    this.state = applyEntry(this.state, written.ok ? entry : this.unwritten(body, written.failure));
    return written.ok;
  }

  private unwritten({ type }: JournalBody, failure: Failure): JournalEntry {
    const end = {
      outcome: 'held',
      exitCode: exitCodeOf('director'),
      message: unwrittenMessage(this.state, type === 'reached', failure),
    } as const;
    for (const event of endEvents({ kind: 'end', ...end })) this.emit(event);
    return { type: 'ended', ...end, v: journalVersion, atMs: this.deps.clock.nowMs() };
  }

  private emit(body: EventBody): void {
    const at = new Date(this.deps.clock.nowMs()).toISOString();
    this.deps.emit({ v: 1, at, rollout: this.state.rollout, ...body });
  }
}
