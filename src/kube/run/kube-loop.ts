import { lockForEdit } from '../../daemons/lock-for-edit.ts';
import { createWaker, type Waker } from '../../daemons/waker.ts';
import type { ServiceKey } from '../../domain/address.ts';
import type { Failure } from '../../domain/failure.ts';
import { kubeHolder } from '../../domain/rollout/lock-refusal.ts';
import { heldDirector } from '../../rollout/held-director.ts';
import { decideKube } from '../decide/decide-kube.ts';
import {
  blankMemory,
  blankServiceMemory,
  isUrgent,
  type KubeDecision,
  type KubeMemory,
  type KubeView,
  type ServiceDecision,
  writesAnything,
} from '../decide/kube-view.ts';
import { noneKnown } from '../decide/weights/known-weights.ts';
import type { Wanted } from '../wanted/wanted.ts';
import { inBaseWeights, inForce } from './base-weights.ts';
import { EditPace } from './edit-pace.ts';
import { EmptinessWatch } from './emptiness-watch.ts';
import { heldCounts } from './held-counts.ts';
import type { DrivenDirector, KubeRunDeps } from './kube-run-ports.ts';
import { excusedBy, floorsIn, type Known, lookAround } from './look-around.ts';
import { writeDecisions } from './write-decisions.ts';

/** The interval of listings while nothing happens: a table that a reboot has emptied is built anew. */
const lookEveryMs = 30_000;
/** The time between two looks at a service that a rollout has just then. */
const lockedGapMs = 1_000;
/** The time after a failure before the same is tried again. */
const retryMs = 1_000;
const longestRetryMs = 30_000;
/** The interval of asking an API server that is doubted. */
const readyEveryMs = 10_000;

/**
 * Keeps the table of one director as the cluster wants it. Everything that is decided is decided by
 * `decideKube`; a director that is away keeps no other waiting, and gets the rest when it answers.
 */
export class KubeLoop {
  private readonly deps: KubeRunDeps & DrivenDirector;
  private readonly waker: Waker;
  private readonly emptiness: EmptinessWatch;
  private memory: KubeMemory = blankMemory;
  private known: Known | undefined;
  private counting: Promise<void> | undefined;
  private inRollout: ReadonlySet<ServiceKey> = new Set();
  private nextLookMs = 0;
  private readonly pace = new EditPace();
  private failures = 0;
  private isApiReady = true;
  private nextReadyMs = 0;
  private isContinued = false;
  private isOver = false;
  /** Another instance led at the last turn. */
  private wasFollower = false;

  constructor(deps: KubeRunDeps & DrivenDirector) {
    this.deps = deps;
    this.waker = createWaker(deps.clock);
    this.emptiness = new EmptinessWatch(deps.director, deps.clock);
    deps.cluster.onChange(() => this.waker.wake());
    deps.stop.signal().addEventListener('abort', () => this.waker.wake());
  }

  /** `drain continue`: what is held goes on with what is seen at the next look. */
  goOn(): void {
    this.isContinued = true;
    this.waker.wake();
  }

  end(): void {
    this.isOver = true;
    this.waker.wake();
  }

  async run(): Promise<void> {
    while (!this.isOver && !this.deps.stop.requested()) {
      const dueMs = await this.turn();
      await this.waker.sleepUntil(Math.max(dueMs, this.deps.clock.nowMs()));
    }
    await this.counting;
  }

  /** Beside all else: a large table of connections takes seconds, and a node that leaves has none. */
  private count({ snapshot }: Known): void {
    this.counting ??= this.emptiness.look(snapshot.services)?.then((counted) => {
      this.counting = undefined;
      this.deps.trouble(this.name, 'cannot-count', counted.ok ? undefined : counted.failure);
      this.waker.wake();
    });
  }

  /** One look at what is known, and what follows from it; the time of the next. */
  async turn(): Promise<number> {
    const { clock, cluster } = this.deps;
    // Another one has written meanwhile: nothing that was known counts.
    if (this.wasFollower && this.deps.mayWrite()) this.nextLookMs = 0;
    if (clock.nowMs() >= this.nextLookMs) {
      const failure = await this.look();
      this.deps.trouble(this.name, 'cannot-list', failure);
      if (failure) return this.later();
    }
    const { known } = this;
    if (!known) return this.nextLookMs;
    this.count(known);
    const wanted = cluster.wanted(clock.nowMs());
    const decision = this.decide(wanted, known);
    this.wasFollower = !this.deps.mayWrite();
    if (this.wasFollower) return this.follow(decision, wanted);
    await this.askApi(decision);
    const writing = decision.services.filter(writesAnything);
    this.commit(
      decision,
      decision.services.filter((one) => !writesAnything(one)),
    );
    const nextMs = Math.min(
      decision.dueMs ?? Number.POSITIVE_INFINITY,
      this.nextLookMs,
      this.counting ? Number.POSITIVE_INFINITY : this.emptiness.nextMs,
      decision.doubt && !decision.doubt.isOver ? this.nextReadyMs : Number.POSITIVE_INFINITY,
    );
    if (writing.length === 0) {
      this.isContinued = false;
      this.failures = 0;
      this.tell(decision, wanted);
      return Math.max(nextMs, clock.nowMs() + 1);
    }
    const mayMs = this.pace.mayMs(writing.some(isUrgent));
    if (clock.nowMs() < mayMs) return mayMs;
    return (await this.write(
      writing.map(({ service }) => service),
      wanted,
    ))
      ? clock.nowMs()
      : this.later();
  }

  /** Looks on while another instance leads, and remembers nothing: its edits are not this one's. */
  private follow(decision: KubeDecision, wanted: Wanted): number {
    this.memory = blankMemory;
    this.emptiness.keep([]);
    this.tell(decision, wanted);
    return this.nextLookMs;
  }

  private get name(): string {
    return this.deps.director.name;
  }

  /** The time of the next attempt: twice as far away each time, half a minute at most. */
  private later(): number {
    const waitMs = Math.min(longestRetryMs, retryMs * 2 ** this.failures++);
    this.nextLookMs = this.deps.clock.nowMs() + waitMs;
    return this.nextLookMs;
  }

  private decide(wanted: Wanted, known: Known): KubeDecision {
    const { table, terms, clock, health } = this.deps;
    const { claims, account } = known;
    const view: KubeView = {
      wanted,
      table,
      terms: terms(),
      services: inBaseWeights(account, known.snapshot.services, { claims, memory: this.memory }),
      claims,
      excused: excusedBy(known.marks),
      inRollout: this.inRollout,
      waitsFor: known.waitsFor,
      inMidRamp: known.inMidRamp,
      verdicts: this.emptiness.verdicts(known.snapshot.services),
      health: health?.() ?? new Map(),
      floors: floorsIn(known, table, terms().floors),
      isApiReady: this.isApiReady,
      isContinued: this.isContinued,
      memory: this.memory,
      nowMs: clock.nowMs(),
    };
    return decideKube(view);
  }

  /** Asks the API server how it is only while it is doubted. */
  private async askApi({ doubt }: KubeDecision): Promise<void> {
    const { clock, cluster } = this.deps;
    if (!doubt || doubt.isOver) {
      this.isApiReady = true;
      this.nextReadyMs = 0;
    } else if (clock.nowMs() >= this.nextReadyMs) {
      this.isApiReady = await cluster.isReady();
      this.nextReadyMs = clock.nowMs() + readyEveryMs;
    }
  }

  /** Decides once more on a fresh listing under the lock, and writes that; false after a failure. */
  private async write(services: readonly ServiceKey[], wanted: Wanted): Promise<boolean> {
    const { deps } = this;
    const locked = await lockForEdit(deps, services, kubeHolder);
    deps.trouble(this.name, 'cannot-lock', locked.failure);
    const fromMs = deps.clock.nowMs();
    try {
      if (locked.rollouts.size > 0) {
        this.leaveTo(new Set([...this.inRollout, ...locked.rollouts.keys()]));
        this.nextLookMs = deps.clock.nowMs() + lockedGapMs;
      }
      if (locked.mine.length === 0) return locked.rollouts.size > 0;
      const unseen = await this.look();
      deps.trouble(this.name, 'cannot-list', unseen);
      const { known } = this;
      // To wait for the lock may have taken longer than the leadership lasts.
      if (unseen || !known || !deps.mayWrite()) return false;
      const decision = this.decide(wanted, known);
      const mine = decision.services.filter(({ service }) => locked.mine.includes(service));
      const edits = mine.map((one) => ({ ...one, edits: inForce(known.account, one.edits) }));
      const director = heldDirector(deps.director, locked);
      const written = await writeDecisions(
        { director, claims: deps.store.marks.clusters },
        edits,
        known,
      );
      deps.trouble(this.name, 'cannot-write', written.failure);
      const { claims } = written;
      this.known = {
        ...known,
        snapshot: { ...known.snapshot, services: written.services },
        claims,
      };
      this.pace.edited(fromMs, deps.clock.nowMs(), mine.some(isUrgent));
      this.isContinued = false;
      if (!written.stands) {
        this.forget(mine);
        return false;
      }
      this.failures = 0;
      this.commit(decision, mine);
      this.tell(decision, wanted);
      return written.failure === undefined;
    } finally {
      await locked.release();
    }
  }

  /** Services that a rollout has by now; what it leaves is taken as it is. */
  private leaveTo(rollouts: ReadonlySet<ServiceKey>): void {
    const services = new Map(this.memory.services);
    for (const service of rollouts)
      services.set(service, { ...blankServiceMemory, isLeftByRollout: true });
    this.memory = { ...this.memory, services };
    this.inRollout = rollouts;
  }

  /** Nobody knows which edits were made: another writer's could not be told from them. */
  private forget(made: readonly ServiceDecision[]): void {
    const services = new Map(this.memory.services);
    for (const { service } of made) {
      const memory = services.get(service) ?? blankServiceMemory;
      services.set(service, { ...memory, known: noneKnown });
    }
    this.memory = { ...this.memory, services };
  }

  private commit(decision: KubeDecision, made: readonly ServiceDecision[]): void {
    const services = new Map(this.memory.services);
    for (const { service, memory, events } of made) {
      services.set(service, memory);
      for (const event of events) this.deps.emit(this.name, event);
    }
    for (const event of decision.events) this.deps.emit(this.name, event);
    const { doubt } = decision;
    this.memory = { services, ...(doubt ? { doubt } : {}) };
    this.emptiness.keep(
      decision.services.flatMap(({ service, watched }) =>
        watched.map((server) => ({ service, server })),
      ),
    );
  }

  private tell({ services, doubt }: KubeDecision, applied: Wanted): void {
    const states = new Map(services.map((one) => [one.service, one.states] as const));
    const held = heldCounts(services, doubt);
    const { claims = [] } = this.known ?? {};
    const atMs = this.deps.clock.nowMs();
    this.deps.stands({ director: this.name, claims, states, held, applied, atMs });
  }

  private async look(): Promise<Failure | undefined> {
    const looked = await lookAround(this.deps);
    if (!looked.ok) return looked.failure;
    const { inRollout, ...known } = looked.value;
    this.known = known;
    this.leaveTo(inRollout);
    this.nextLookMs = this.deps.clock.nowMs() + lookEveryMs;
    return undefined;
  }
}
