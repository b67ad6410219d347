import { actorNow } from '../domain/actor/acts.ts';
import type { ServerKey, ServiceKey } from '../domain/address.ts';
import { assertNever } from '../domain/assert-never.ts';
import type { EventBody } from '../domain/events/event.ts';
import { stampEvent } from '../domain/events/event.ts';
import type { Action } from './action.ts';
import { decide } from './decide/decide.ts';
import { gatesInForce } from './decide/gates.ts';
import { giveBack, type Resetting, resetClients } from './edit/client-reset.ts';
import { editDirectors, goalsReached, retirementsMissed } from './edit/edit-director.ts';
import { reassert } from './edit/reassert.ts';
import type { EngineDeps } from './engine-deps.ts';
import { clockWaitEvent } from './events/clock-events.ts';
import { sampleEvents } from './events/engine-events.ts';
import { gateFailedEvents, gateWaitingEvents } from './events/gate-events.ts';
import { reachedEntries, reachedEvents } from './events/reached.ts';
import { GateWatch } from './gates/ask-gates.ts';
import { gateContext } from './gates/gate-context.ts';
import type { GateState } from './gates/gate-state.ts';
import { JournaledState } from './journal/journaled-state.ts';
import { type Note, noteOf } from './journal/note.ts';
import { countQuiesced, explainWaiting } from './observe/explain-stall.ts';
import {
  type EngineView,
  type Observed,
  observeDirectors,
  probeDirector,
  readConnections,
  sampleDirectors,
  toldNow,
} from './observe/list-directors.ts';
import {
  afterLoss,
  initialObservation,
  type Observation,
  withAdmission,
  withDirector,
  withFailedEdit,
  withoutCounts,
  withoutWatch,
  withProbed,
} from './observe/observation.ts';
import { drainKey } from './state/director-state.ts';
import { rampProgressOf, slowestStep } from './state/ramp-progress.ts';
import { directorPlan, type RolloutEnd, type RolloutState } from './state/rollout-state.ts';

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
    await engine.settleRequest();
  }
}

const oldListingMs = 5_000;

class Engine {
  private readonly deps: EngineDeps;
  private readonly journaled: JournaledState;
  private seen: Observation;
  private readonly gates: GateWatch;
  /** A gate has answered since the last decision. */
  private hasNews = false;
  private endWait = (): void => {};
  /** The stop signal as it was when the last decision was made. */
  private stopSignal: AbortSignal;

  constructor(deps: EngineDeps, state: RolloutState) {
    this.deps = deps;
    const { journal, clock } = deps;
    this.journaled = new JournaledState({ journal, clock, emit: (body) => this.emit(body) }, state);
    const seen = initialObservation(deps.directors.keys(), deps.clock.nowMs());
    this.seen = deps.admit ? { ...seen, admission: 'to-come' } : seen;
    this.stopSignal = deps.stop.signal();
    this.gates = new GateWatch(deps.gates ?? [], deps.clock, (...answer) => this.hear(...answer));
  }

  private get state(): RolloutState {
    return this.journaled.current();
  }

  async decide(): Promise<Action> {
    this.stopSignal = this.deps.stop.signal();
    const stop = this.deps.stop.requested();
    const control = this.state.end ? undefined : await this.deps.inbox.take();
    this.hasNews = false;
    const asked = { ...(stop ? { stop } : {}), ...(control ? { control } : {}) };
    const wallMs = this.deps.clock.wallMs?.() ?? this.now();
    const seen = { ...this.seen, gates: this.gates.standings(), wallMs, ...asked };
    return decide(this.state, seen, this.now());
  }

  /** Acknowledges a request that is in force, by its entry or because it changes nothing. */
  async settleRequest(): Promise<void> {
    // What the journal could not take is not in force, and whoever asked has to know.
    if (!this.state.end) await this.deps.inbox.settle();
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
        return this.gates.ask(action.gates, gateContext(this.state, this.seen));
      case 'tell-gates':
        this.seen = { ...this.seen, gateWait: action.wait };
        return this.tell(gateWaitingEvents(this.state, action, this.now()));
      case 'admit':
        this.seen = withAdmission(this.seen, await this.deps.admit?.());
        return;
      case 'tell-clock-wait':
        this.seen = { ...this.seen, toldClockWait: action.told };
        return this.tell([clockWaitEvent(this.state, action.step, action.wait)]);
      case 'observe':
        return this.take(await observeDirectors(this.world(), action.directors));
      case 'sample':
        return this.take(await sampleDirectors(this.world()));
      case 'look':
        return this.take(await readConnections(this.world()));
      case 'explain': {
        const { seen, events } = await explainWaiting(this.world(), action.waiting);
        return this.learn(seen, events);
      }
      case 'borrow':
        return resetClients(this.resetting(), action.directors);
      case 'give-back':
        return giveBack(this.resetting(), action.directors);
      case 'reassert': {
        const { seen, events } = await reassert(this.world(), action.director);
        this.learn(seen);
        return this.tell(events);
      }
      case 'count':
        return this.learn({ ...this.seen, counted: await countQuiesced(this.world()) });
      case 'intend':
        await this.journaled.intend([action]);
        return;
      case 'reach':
        return this.reach(action);
      case 'refill':
        return this.refill(action.service, [action.server]);
      case 'roll-back': {
        // On the way back nobody is asked.
        this.gates.close();
        await this.note(action);
        // Other servers are to be emptied from here on, with a deadline of their own.
        this.seen = withoutCounts(this.seen);
        return;
      }
      case 'probe':
        for (const name of action.directors) void this.probe(name);
        return;
      case 'lose':
        this.seen = withDirector(this.seen, action.director, (live) => afterLoss(live, this.now()));
        return this.note(action);
      case 'regain':
        // What was empty without it may not be with it.
        this.seen = { ...this.seen, watches: new Map() };
        return this.note(action);
      case 'reset':
      case 'declare-drained':
      case 'note-bystander':
      case 'rescale':
      case 'pause':
      case 'continue':
      case 'promote':
      case 'end':
        return this.note(action);
      default:
        return assertNever(action);
    }
  }

  /** Waits until that time, or until somebody stops the rollout or there is news. */
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

  private hear(before: GateState, after: GateState): void {
    this.tell(gateFailedEvents(this.state, before, after));
    this.wake();
  }

  /** Ends the wait: there is something that the last decision did not know. */
  private wake(): void {
    this.hasNews = true;
    this.endWait();
  }

  /** Writes an action that changes nothing but the journal, and emits its events. */
  private async note(action: Note): Promise<void> {
    const { entries, events } = noteOf(this.state, action, this.now());
    if (await this.journaled.record(...entries)) this.tell(events);
  }

  /** Probes a director beside everything else: one that hangs must not make the others late. */
  private async probe(name: string): Promise<void> {
    this.seen = withDirector(this.seen, name, (live) => ({ ...live, probe: 'under-way' }));
    const after = await probeDirector(this.world(), name);
    this.seen = withDirector(this.seen, name, after);
    this.wake();
  }

  private now(): number {
    return this.deps.clock.nowMs();
  }

  private world(): EngineView {
    const { directors, clock } = this.deps;
    return { directors, clock, state: this.state, seen: this.seen };
  }

  private learn(seen: Observation, events: readonly EventBody[] = []): void {
    this.seen = withProbed(seen, this.seen);
    this.tell(events);
  }

  private take(observed: Observed): void {
    const { seen, sampled } = toldNow(this.state.plan, observed, this.now());
    this.learn(seen);
    for (const { director, services } of sampled) {
      this.tell(sampleEvents(directorPlan(this.state, director), services));
    }
  }

  private async reach(action: Extract<Action, { kind: 'reach' }>): Promise<void> {
    const { goals, dueMs, shiftMs } = action;
    const progress = rampProgressOf(this.state);
    const standing = progress ? slowestStep(this.state, progress) : -1;
    const gates = gatesInForce(this.state, this.gates.standings());
    const decidedMs = this.now();
    if (!(await this.journaled.intend(goals))) return;
    // After a journal that made us wait, the listing that the edit would be made from is old.
    if (this.now() - decidedMs > oldListingMs) return;
    const edits = await editDirectors(this.world(), goals);
    for (const { name, after } of edits) this.seen = withDirector(this.seen, name, after);
    for (const { service, servers } of retirementsMissed(goals, edits)) {
      // The next attempt is later: what was empty now has to be looked at again by then.
      await this.refill(service, servers);
    }
    const reached = goalsReached(goals, edits);
    if (reached.length === 0) return;
    const before = this.state;
    if (!(await this.journaled.record(...reachedEntries(before, reached, shiftMs)))) return;
    const passed = gates.map(([, gate]) => gate);
    const edited = { before, state: this.state, goals, reached, progress, standing, passed };
    this.tell(reachedEvents({ ...edited, dueMs, shiftMs, nowMs: this.now() }));
  }

  /** The part of this engine that resets clients of removed servers. */
  private resetting(): Resetting {
    return {
      world: () => this.world(),
      record: (...entries) => this.journaled.record(...entries),
      emit: (event) => this.emit(event),
      failed: (name, failure) => {
        this.seen = withFailedEdit(this.seen, name, failure, this.now());
      },
    };
  }

  private async refill(service: ServiceKey, servers: readonly ServerKey[]): Promise<void> {
    for (const server of servers) {
      if (!this.state.drained.has(drainKey(service, server))) continue;
      if (!(await this.journaled.record({ type: 'refilled', service, server }))) return;
      this.seen = withoutWatch(this.seen, drainKey(service, server));
    }
  }

  private tell(events: readonly EventBody[]): void {
    for (const event of events) this.emit(event);
  }

  private emit(body: EventBody): void {
    this.deps.emit(stampEvent(body, this.state.rollout, this.now(), actorNow(this.state.acts)));
  }
}
