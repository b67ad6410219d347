import type { DrainEvent, NotDrainingReason } from '../../domain/event.ts';
import type { Plan } from '../../domain/plan.ts';

/** A rollout as the live lines show it. */
export interface LiveView {
  readonly from: readonly string[];
  readonly to: readonly string[];
  readonly overMs: number;
  /** How long a drain may take, where the plan is known. */
  readonly drainTimeoutMs: number | undefined;
  /** When the first step was applied. */
  readonly startedAtMs: number | undefined;
  readonly nowMs: number;
  readonly phase: LivePhase;
  /** By director and service, in the order of their first step. */
  readonly services: ReadonlyMap<string, LiveService>;
}

/** `under way`: a rollout that was resumed between two events. */
export type LivePhase = 'under way' | 'ramp' | 'drain' | 'going back' | 'paused';

export interface LiveService {
  readonly director: string;
  readonly service: string;
  readonly step: number;
  readonly of: number;
  readonly moved: number;
  readonly weights: Readonly<Record<string, number>>;
  readonly connections: ReadonlyMap<string, LiveCounts>;
  /** Servers that have been quiesced. */
  readonly leaving: ReadonlyMap<string, Leaving>;
}

export interface LiveCounts {
  readonly activeConn: number;
  readonly inActConn: number;
}

export type Leaving =
  | {
      readonly kind: 'draining';
      readonly sinceMs: number;
      /** Why it does not become empty, once that is known. */
      readonly held?: NotDrainingReason;
    }
  | { readonly kind: 'drained' | 'removed'; readonly afterMs: number };

/**
 * Keeps the view up to date with the events. It changes in place: a server in thousands of services
 * makes thousands of events a second, and none may cost more than itself.
 */
export class LiveBoard implements LiveView {
  from: readonly string[] = [];
  to: readonly string[] = [];
  overMs = 0;
  drainTimeoutMs: number | undefined;
  startedAtMs: number | undefined;
  nowMs = 0;
  phase: LivePhase = 'under way';
  readonly services = new Map<string, LiveService>();

  open({ from, to, overMs, policy }: Plan): void {
    Object.assign(this, { from, to, overMs, drainTimeoutMs: policy.drainTimeoutMs });
  }

  add(event: DrainEvent): void {
    this.nowMs = Date.parse(event.at);
    switch (event.type) {
      case 'planned': {
        const { from, to, overMs } = event;
        Object.assign(this, { from, to, overMs });
        return;
      }
      case 'step-applied': {
        const { step, of, weights, movedFraction: moved } = event;
        this.change(event, { step, of, weights, moved });
        if (this.phase === 'under way') this.phase = 'ramp';
        this.startedAtMs ??= this.nowMs;
        return;
      }
      case 'sampled':
        this.addSample(event);
        return;
      case 'quiesced':
        if (this.phase !== 'going back') this.phase = 'drain';
        this.changeLeaving(event, { kind: 'draining', sinceMs: this.nowMs });
        return;
      case 'not-draining': {
        const { reason: held } = event;
        this.changeLeaving(event, { kind: 'draining', sinceMs: this.quiescedAtMs(event), held });
        return;
      }
      case 'drained':
      case 'removed':
        this.changeLeaving(event, { kind: event.type, afterMs: event.afterMs });
        return;
      case 'paused':
        this.phase = 'paused';
        return;
      case 'continued':
        this.phase = this.isDraining() ? 'drain' : 'ramp';
        return;
      case 'rollback-started':
        this.phase = 'going back';
        return;
      default:
        return;
    }
  }

  private addSample(event: Extract<DrainEvent, { readonly type: 'sampled' }>): void {
    const { server, weight, activeConn, inActConn } = event;
    const { weights, connections } = this.service(event);
    this.change(event, {
      weights: { ...weights, [server]: weight },
      connections: new Map([...connections, [server, { activeConn, inActConn }]]),
    });
  }

  private service({ director, service }: Place): LiveService {
    return this.services.get(keyOf({ director, service })) ?? { ...unseen, director, service };
  }

  private change(place: Place, changes: Partial<LiveService>): void {
    this.services.set(keyOf(place), { ...this.service(place), ...changes });
  }

  private changeLeaving(event: AtServer, leaving: Leaving): void {
    const before = this.service(event).leaving;
    this.change(event, { leaving: new Map([...before, [event.server, leaving]]) });
  }

  private quiescedAtMs(event: AtServer): number {
    const known = this.service(event).leaving.get(event.server);
    return known?.kind === 'draining' ? known.sinceMs : this.nowMs;
  }

  private isDraining(): boolean {
    return [...this.services.values()].some(({ leaving }) => leaving.size > 0);
  }
}

interface Place {
  readonly director: string;
  readonly service: string;
}

interface AtServer extends Place {
  readonly server: string;
}

const keyOf = ({ director, service }: Place): string => `${director} ${service}`;

const unseen: Omit<LiveService, keyof Place> = {
  step: 0,
  of: 0,
  moved: 0,
  weights: {},
  connections: new Map(),
  leaving: new Map(),
};
