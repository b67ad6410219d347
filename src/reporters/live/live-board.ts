import type { DrainEvent } from '../../domain/events/event.ts';
import type { NamesByServer } from '../../domain/places/named-servers.ts';
import type { Move, Plan, RolloutPolicy, ScheduledStep } from '../../domain/rollout/plan.ts';
import { endsClockWait } from '../../record/clock-waiting.ts';
import { gateWaitWords } from '../gate-wait.ts';
import type {
  DrainingServer,
  LiveGate,
  LivePhase,
  LiveService,
  LiveState,
  LiveView,
} from './live-view.ts';
import { plannedServices, plannedSteps } from './planned-services.ts';

type EventOf<T extends DrainEvent['type']> = DrainEvent & { readonly type: T };
type Place = Pick<LiveService, 'director' | 'service'>;
type AtServer = Place & { readonly server: string };

/**
 * Keeps the view up to date with the events, and where somebody reads it with the journal. It changes in
 * place: a server in thousands of services makes thousands of events a second, and none may cost more
 * than itself.
 */
export class LiveBoard implements LiveView {
  from: readonly string[] = [];
  to: readonly string[] = [];
  move: Move | undefined;
  names: NamesByServer | undefined;
  policy: RolloutPolicy | undefined;
  schedule: readonly ScheduledStep[] = [];
  rampStartMs: number | undefined;
  startedAtMs: number | undefined;
  nowMs = 0;
  phase: LivePhase = 'under-way';
  phaseSinceMs = 0;
  hasGates = false;
  clockWait: string | undefined;
  readonly gates = new Map<string, LiveGate>();
  readonly services = new Map<string, LiveService>();
  private planned: ReadonlyMap<string, LiveService> = new Map();

  open(plan: Plan): void {
    const { from, to, names, move, policy, schedule } = plan;
    const hasGates = plan.gates !== undefined || schedule.some(({ gates }) => gates !== undefined);
    Object.assign(this, { from, to, names, move, policy, schedule, hasGates });
    this.planned = new Map(plannedServices(plan).map((one) => [keyOf(one), one]));
  }

  /** Moves the time on between two events. */
  tick(nowMs: number): void {
    this.nowMs = Math.max(this.nowMs, nowMs);
  }

  adopt({ services, ...state }: LiveState): void {
    Object.assign(this, state);
    this.nowMs = Math.max(this.nowMs, state.phaseSinceMs);
    for (const { leaving, removed, ...place } of services) {
      const before = this.service(place).leaving;
      const stillLeaving = leaving.map((server): [string, DrainingServer] => [
        server,
        before.get(server) ?? { kind: 'draining', sinceMs: state.phaseSinceMs },
      ]);
      const gone = removed.map((server): [string, DrainingServer] => {
        const known = before.get(server);
        return [server, known?.kind === 'removed' ? known : { kind: 'removed' }];
      });
      this.change(place, { ...place, leaving: new Map([...stillLeaving, ...gone]) });
    }
  }

  add(event: DrainEvent): void {
    this.nowMs = Math.max(this.nowMs, Date.parse(event.at));
    if (endsClockWait(event.type)) this.clockWait = undefined;
    switch (event.type) {
      case 'planned':
        this.learn(event);
        return;
      case 'step-applied':
        this.addStep(event);
        return;
      case 'sampled':
        this.addSample(event);
        return;
      case 'gate-passed':
      case 'gate-failed':
        this.hear(event);
        return;
      case 'gate-waiting': {
        const { gate, gateKind, server, waitedMs } = event;
        const wait = { sinceMs: this.nowMs - waitedMs, words: gateWaitWords(event) };
        this.gates.set(gate, { gate, gateKind, server, verdict: 'waiting', wait });
        return;
      }
      case 'waiting':
        this.clockWait = `step ${event.step} waits ${event.detail}`;
        return;
      case 'quiesced':
        if (this.phase !== 'rolling-back') this.enter('drain');
        this.changeLeaving(event, { kind: 'draining', sinceMs: this.nowMs });
        return;
      case 'not-draining': {
        const { reason: held } = event;
        this.changeLeaving(event, { kind: 'draining', sinceMs: this.quiescedAtMs(event), held });
        return;
      }
      case 'drained':
        this.changeLeaving(event, { kind: 'drained', afterMs: event.afterMs });
        return;
      case 'removed':
        this.addRemoval(event);
        return;
      case 'paused':
      case 'held':
        this.enter(event.type);
        return;
      case 'continued':
        this.goOn();
        return;
      case 'rollback-started':
        this.turnBack();
        return;
      case 'finished':
        if (this.phase !== 'held') this.enter('over');
        return;
      default:
        return;
    }
  }

  private endGateWaits(): void {
    for (const [name, { verdict }] of this.gates) {
      if (verdict === 'waiting') this.gates.delete(name);
    }
  }

  private enter(phase: LivePhase): void {
    if (this.phase === phase) return;
    this.phase = phase;
    this.phaseSinceMs = this.nowMs;
  }

  /** Ends a pause or a hold; the time that a pause took is added to all that was still to come. */
  private goOn(): void {
    const wasPaused = this.phase === 'paused';
    if (wasPaused && this.rampStartMs !== undefined) {
      this.rampStartMs += this.nowMs - this.phaseSinceMs;
    }
    const leaves = [...this.services.values()].some(({ leaving }) => leaving.size > 0);
    if (wasPaused || this.phase === 'held') {
      this.enter(leaves ? 'drain' : this.services.size > 0 ? 'ramp' : 'under-way');
    }
  }

  /** Begins a rollback: the plan's steps count no more, and no server is draining. */
  private turnBack(): void {
    this.enter('rolling-back');
    this.endGateWaits();
    this.schedule = [];
    for (const service of this.services.values()) this.change(service, { leaving: new Map() });
  }

  /** Takes from the event as much of the plan as a resumed rollout tells. */
  private learn(event: EventOf<'planned'>): void {
    if (this.planned.size > 0) return;
    const { from, to, names, move } = event;
    Object.assign(this, { from, to, names, move, schedule: plannedSteps(event) });
  }

  private hear({ type, gate, gateKind, server }: EventOf<'gate-passed' | 'gate-failed'>): void {
    const verdict = type === 'gate-passed' ? 'passed' : 'failed';
    this.gates.set(gate, { gate, gateKind, server, verdict });
  }

  private addStep(event: EventOf<'step-applied'>): void {
    const { step, of, movedFraction: moved, lateMs, applyMs } = event;
    this.endGateWaits();
    const weights = new Map(Object.entries(event.weights));
    const { firstWeights } = this.service(event);
    const first = firstWeights.size > 0 ? {} : { firstWeights: weights };
    this.change(event, { step, of, moved, weights, ...first });
    if (this.phase === 'under-way') this.enter('ramp');
    this.startedAtMs ??= this.nowMs;
    const due = this.schedule[step];
    if (due && this.schedule.length === of + 1) {
      this.rampStartMs = this.nowMs - applyMs - lateMs - due.atMs;
    }
  }

  private addSample(event: EventOf<'sampled'>): void {
    const { server, weight, activeConn, inActConn } = event;
    const { weights, connections, mostActive, oldServers, leaving } = this.service(event);
    const isEmpty = activeConn === 0 && inActConn === 0;
    const since = connections.get(server)?.emptySinceMs ?? this.nowMs;
    const counts = { activeConn, inActConn, ...(isEmpty ? { emptySinceMs: since } : {}) };
    this.startedAtMs ??= this.nowMs;
    this.change(event, {
      weights: new Map([...weights, [server, weight]]),
      connections: new Map([...connections, [server, counts]]),
      mostActive: Math.max(mostActive, activeConn),
    });
    // Resumed after its ramp: nobody says again that the server is quiesced.
    if (this.phase !== 'under-way' || weight > 0 || !oldServers.includes(server)) return;
    if (!leaving.has(server)) {
      this.changeLeaving(event, { kind: 'draining', sinceMs: this.nowMs });
    }
  }

  private addRemoval(event: AtServer & { readonly afterMs: number }): void {
    this.changeLeaving(event, { kind: 'removed', afterMs: event.afterMs });
    const { weights, finalWeights, oldServers, leaving, connections } = this.service(event);
    const isLast = oldServers.every((server) => leaving.get(server)?.kind === 'removed');
    const next = isLast && finalWeights && this.phase !== 'rolling-back' ? finalWeights : weights;
    const left = [...next].filter(([server]) => leaving.get(server)?.kind !== 'removed');
    const seen = [...connections].filter(([server]) => server !== event.server);
    this.change(event, { weights: new Map(left), connections: new Map(seen) });
  }

  private service(place: Place): LiveService {
    const key = keyOf(place);
    const known = this.services.get(key) ?? this.planned.get(key);
    if (known) return known;
    const { director, service } = place;
    return { ...unseen, director, service, oldServers: this.from, newServers: this.to };
  }

  private change(place: Place, changes: Partial<LiveService>): void {
    const { director, service } = place;
    this.services.set(keyOf(place), { ...this.service(place), ...changes, director, service });
  }

  private changeLeaving(event: AtServer, leaving: DrainingServer): void {
    const before = this.service(event).leaving;
    this.change(event, { leaving: new Map([...before, [event.server, leaving]]) });
  }

  private quiescedAtMs(event: AtServer): number {
    const known = this.service(event).leaving.get(event.server);
    return known?.kind === 'draining' ? known.sinceMs : this.nowMs;
  }
}

const keyOf = ({ director, service }: Place): string => `${director} ${service}`;

const unseen: Omit<LiveService, keyof Place | 'oldServers' | 'newServers'> = {
  step: 0,
  of: 0,
  moved: 0,
  weights: new Map(),
  firstWeights: new Map(),
  finalWeights: undefined,
  connections: new Map(),
  mostActive: 0,
  leaving: new Map(),
};
