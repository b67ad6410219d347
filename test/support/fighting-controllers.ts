import type { Plan } from '../../src/domain/rollout/plan.ts';
import { createDirector } from '../../src/ipvs/director.ts';
import type { Prng } from '../../src/ipvs/simulated/prng.ts';
import { createSimulatedIpvsadm } from '../../src/ipvs/simulated/simulated-director.ts';
import { buildPlan } from '../../src/planner/build-plan.ts';
import { heldDirector } from '../../src/rollout/held-director.ts';
import { openRollout } from '../../src/rollout/journal/open.ts';
import type { Clock, Director, Store } from '../../src/rollout/ports.ts';
import { foldJournal, type JournalEntry } from '../../src/rollout/state/journal.ts';
import type { RolloutState } from '../../src/rollout/state/rollout-state.ts';
import type { Etcd } from '../../src/store/etcd/etcd.ts';
import { createStoreOn } from '../../src/store/etcd/etcd-store.ts';
import { keysUnder } from '../../src/store/etcd/keys.ts';
import { conductRollout, NotWritten, type Resuming } from './conduct-rollout.ts';
import { lineTo } from './cuttable-etcd.ts';
import { createEtcdModel, type EtcdModel } from './etcd-model.ts';
import { request, textOf } from './simulated-rollout.ts';

const rollout = 'fought-over';
const resource = 'tcp/10.0.0.100:80 on sim';
const prefix = 'drain/';
const place = { secure: false, endpoints: ['model'], prefix, leaseMs: 12_000 };
const lockKey = keysUnder(prefix).lock(resource);
const journalKeys = keysUnder(prefix).journal(rollout);

export interface Fight {
  readonly after: string;
  readonly entries: readonly JournalEntry[];
  /** Who made each edit and wrote each entry, in their order. */
  readonly edits: readonly string[];
  readonly written: readonly string[];
  /** What was done by somebody who did not hold the lock at that moment. */
  readonly violations: readonly string[];
  readonly lastedMs: number;
}

export interface FightOptions {
  readonly prng: Prng;
  readonly table: string;
  /** Without it an edit is made as if the lock lasted for ever. */
  readonly isFenced: boolean;
}

/**
 * Controllers that all go on with one rollout as soon as they get its lock, while they are stopped
 * (SIGSTOP), cut off from etcd, killed and started again at random moments.
 */
export async function playFight({ prng, table, isFenced }: FightOptions): Promise<Fight> {
  const simulation = createSimulatedIpvsadm({ seed: prng.below(1_000_000), table });
  const { clock } = simulation;
  const etcd = createEtcdModel(() => clock.nowMs());
  const real = createDirector({ name: 'sim', runner: simulation.runner });
  const snapshot = await real.snapshot();
  if (!snapshot.ok) throw new Error(snapshot.failure.what);
  const { plan } = buildPlan(
    request({
      from: '10.0.0.1',
      to: '10.0.0.2',
      ramp: { overMs: 48_000, everyMs: 6_000 },
      policy: { onFailure: 'hold' },
    }),
    [{ director: 'sim', snapshot: snapshot.value }],
  );
  if (!plan) throw new Error('no plan');

  const world: World = {
    ...{ clock, etcd, real, plan, isFenced, prng },
    ...{ edits: [], written: [], violations: [], leaseOwners: new Map(), isOver: false },
  };
  const beginMs = clock.nowMs();
  const controllers = [createController(world, 'a'), createController(world, 'b')];
  for (const one of controllers) void one.work();
  let born = 0;
  while (!world.isOver && clock.nowMs() - beginMs < 3_600_000) {
    await clock.sleepUntil(clock.nowMs() + 500 + prng.exponential(7_000));
    const index = prng.below(controllers.length);
    const one = controllers[index];
    const forMs = 500 + prng.exponential(12_000);
    const kind = prng.below(8);
    if (kind < 3) one?.stopFor(forMs);
    else if (kind < 6) one?.cutFor(forMs, kind === 5 ? 'deaf' : 'cut');
    else if (kind === 6) {
      one?.kill();
      const next = createController(world, `${'ab'[index]}${++born}`);
      controllers[index] = next;
      void next.work();
    } else for (const all of controllers) all.cutFor(forMs, 'cut');
  }
  world.isOver = true;
  for (const one of controllers) one.kill();
  const kept = createStoreOn(etcd, timingOn(clock), place);
  const entries = await kept.read(rollout);
  if (!entries.ok) throw new Error(entries.failure.what);
  const { edits, written, violations } = world;
  const lastedMs = clock.nowMs() - beginMs;
  return {
    after: textOf(simulation),
    entries: entries.value,
    edits,
    written,
    violations,
    lastedMs,
  };
}

interface World {
  readonly clock: Clock;
  readonly etcd: EtcdModel;
  readonly real: Director;
  readonly plan: Plan;
  readonly isFenced: boolean;
  readonly prng: Prng;
  readonly edits: string[];
  readonly written: string[];
  readonly violations: string[];
  readonly leaseOwners: Map<string, string>;
  isOver: boolean;
}

const timingOn = (clock: Clock) => ({
  nowMs: () => clock.nowMs(),
  sleep: (ms: number) => clock.sleepUntil(clock.nowMs() + ms),
});

function createController(world: World, name: string) {
  const { clock, prng } = world;
  const line = lineTo(watched(world, name));
  let stoppedUntilMs = 0;
  let isDead = false;

  const stopFor = (ms: number): void => {
    stoppedUntilMs = Math.ceil(clock.nowMs() + ms);
  };
  /** Nothing of a stopped process goes on; of a killed one never. */
  const alive = async (): Promise<void> => {
    while (clock.nowMs() < stoppedUntilMs && !isDead) await clock.sleepUntil(stoppedUntilMs);
    if (isDead) await new Promise(() => {});
  };
  const gated = async <T>(work: () => Promise<T>): Promise<T> => {
    await alive();
    const done = await work();
    await alive();
    return done;
  };
  const overNetwork = <T>(work: () => Promise<T>): Promise<T> =>
    gated(async () => {
      await clock.sleepUntil(clock.nowMs() + prng.below(15));
      const done = await work();
      await clock.sleepUntil(clock.nowMs() + prng.below(15));
      return done;
    });
  const etcd: Etcd = {
    range: (asked) => overNetwork(() => line.etcd.range(asked)),
    txn: (txn) => overNetwork(() => line.etcd.txn(txn)),
    grant: (ttlS) => overNetwork(() => line.etcd.grant(ttlS)),
    keepAlive: (lease) => overNetwork(() => line.etcd.keepAlive(lease)),
  };
  const timing = timingOn(clock);
  const ownTime = { nowMs: timing.nowMs, sleep: (ms: number) => gated(() => timing.sleep(ms)) };
  const ownClock: Clock = {
    nowMs: () => clock.nowMs(),
    sleepUntil: (ms, signal) => gated(() => clock.sleepUntil(ms, signal)),
  };
  const store = createStoreOn(etcd, ownTime, place);

  return {
    stopFor,
    cutFor(ms: number, state: 'cut' | 'deaf') {
      line.state = state;
      void clock.sleepUntil(clock.nowMs() + ms).then(() => {
        line.state = 'up';
      });
    },
    kill() {
      isDead = true;
    },
    async work() {
      while (!world.isOver) {
        await ownClock.sleepUntil(clock.nowMs() + 200 + prng.below(2_000));
        const locked = await store.lock([resource], rollout);
        if (!locked.ok) continue;
        const held = world.isFenced
          ? heldDirector(applying(world, name), locked.value)
          : applying(world, name);
        const director: Director = {
          ...held,
          snapshot: (services) => gated(() => held.snapshot(services)),
          apply(changes, from) {
            // The worst moment: the intent is written, the edit not made.
            if (prng.below(12) === 0) stopFor(500 + prng.exponential(12_000));
            return gated(() => held.apply(changes, from));
          },
        };
        await carryOut(world, store, director, ownClock);
        await locked.value.release();
      }
    },
  };
}

async function carryOut(world: World, store: Store, director: Director, clock: Clock) {
  const { plan } = world;
  const opened = await store.open(rollout);
  let state: RolloutState;
  let resuming: Resuming | undefined;
  let journal: { append(entry: JournalEntry): Promise<{ readonly ok: boolean }> };
  if (opened.ok) {
    state = foldJournal(opened.value.entries);
    if (state.end?.outcome === 'done') {
      world.isOver = true;
      return;
    }
    ({ journal } = opened.value);
    resuming = 'forward';
  } else {
    const created = await store.create(rollout);
    if (!created.ok) return;
    journal = created.value;
    const access = [{ director: 'sim', where: 'sim', ipvsadm: 'ipvsadm' }];
    const begun = await openRollout(rollout, plan, access, { journal: created.value, clock });
    if (!begun.ok) return;
    state = begun.value;
  }
  await conductRollout(
    {
      journal: journal as never,
      clock,
      directors: new Map([['sim', director]]),
      inbox: store.inbox(rollout),
      emit: () => {},
      stop: { requested: () => undefined, signal: () => new AbortController().signal },
    },
    state,
    resuming,
  ).catch((error: unknown) => {
    // The lock went to another before the first entry: nothing was done.
    if (!(error instanceof NotWritten)) throw error;
  });
}

/** The kernel's side of an edit: who makes it, and whether he may. */
function applying(world: World, name: string): Director {
  const check = (what: string): void => {
    const owner = world.leaseOwners.get(world.etcd.peek(lockKey)?.lease ?? '');
    if (owner !== name) world.violations.push(`${what} by ${name}, the lock is ${owner}'s`);
  };
  return {
    ...world.real,
    async apply(changes, from) {
      check('an edit');
      world.edits.push(name);
      const applied = await world.real.apply(changes, from);
      check('the end of an edit');
      return applied;
    },
  };
}

/** etcd as one controller reaches it: whose leases and entries these are. */
function watched(world: World, name: string): Etcd {
  const { etcd, leaseOwners, written, violations } = world;
  return {
    range: etcd.range,
    keepAlive: etcd.keepAlive,
    async grant(ttlS) {
      const lease = await etcd.grant(ttlS);
      if (lease.ok) leaseOwners.set(lease.value.id, name);
      return lease;
    },
    async txn(txn) {
      const end = await etcd.txn(txn);
      // A step and the shift of the rest of the ramp are entries of one transaction.
      const entries = txn.puts?.filter(({ key }) => key.startsWith(journalKeys)) ?? [];
      if (entries.length === 0 || !end.ok || !end.value.succeeded) return end;
      for (const _ of entries) written.push(name);
      const owner = leaseOwners.get(etcd.peek(lockKey)?.lease ?? '');
      if (owner !== name) violations.push(`an entry by ${name}, the lock is ${owner}'s`);
      return end;
    },
  };
}
