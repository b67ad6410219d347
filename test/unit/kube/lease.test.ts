import { describe, expect, it } from 'vitest';
import type { ApiFailureCode, Lease } from '../../../src/kube/kube-ports.ts';
import { keepLease } from '../../../src/kube/lease/keep-lease.ts';
import {
  type LeaseState,
  leads,
  leaseName,
  newLeaseState,
} from '../../../src/kube/lease/lease-state.ts';
import { type LeaseHappened, leaseAction, nextLease } from '../../../src/kube/lease/next-lease.ts';
import type { Clock } from '../../../src/rollout/ports.ts';
import { ClusterStore } from '../../support/cluster/cluster-store.ts';
import { memoryLeases } from '../../support/cluster/memory-leases.ts';
import { standingClock } from '../../support/notice-clocks.ts';

const startMs = 1_800_000_000_000;
const atS = (s: number): number => startMs + s * 1_000;
const lease = (holder: string, more: Partial<Lease> = {}): Lease => ({
  ...{ holder, durationSeconds: 15, acquiredMs: startMs, renewedMs: startMs },
  ...{ transitions: 3, version: '7' },
  ...more,
});

/** The state after what happened, by the second. */
const stateAfter = (...all: readonly (readonly [s: number, LeaseHappened])[]): LeaseState =>
  all.reduce(
    (state, [s, happened]) => nextLease(state, happened, { nowMs: atS(s), random: 0 }),
    newLeaseState('me'),
  );
const read = (holder: string, more: Partial<Lease> = {}): LeaseHappened => ({
  ...{ kind: 'read', lease: lease(holder, more) },
});
const written = (s: number, version: string): LeaseHappened => ({
  ...{ kind: 'written', lease: lease('me', { version, renewedMs: atS(s) }), sentMs: atS(s) },
});
const failed = (code: ApiFailureCode): LeaseHappened => ({ kind: 'failed', code });

describe('a Lease', () => {
  it('is called drain-kube-<cluster>, read first, and made where there is none', () => {
    expect(leaseName('prod')).toBe('drain-kube-prod');
    expect(leaseAction(newLeaseState('me'), atS(0))).toEqual({ kind: 'read' });
    const absent = stateAfter([0, { kind: 'absent' }]);
    expect(leaseAction(absent, atS(0))).toEqual({
      kind: 'create',
      spec: {
        ...{ holder: 'me', durationSeconds: 15, acquiredMs: atS(0), renewedMs: atS(0) },
        transitions: 0,
      },
    });
  });

  it('of another is taken 15 s after it was last seen to change, whatever times it names', () => {
    for (const renewedMs of [0, atS(-3_600), atS(3_600)]) {
      const state = stateAfter([0, read('other', { renewedMs })]);
      expect(leaseAction(state, atS(1))).toEqual({ kind: 'wait', untilMs: atS(2) });
      expect(leaseAction(state, atS(2))).toEqual({ kind: 'read' });
      const again = nextLease(state, read('other', { renewedMs }), { nowMs: atS(14), random: 0 });
      expect(leaseAction(again, atS(14))).toEqual({ kind: 'wait', untilMs: atS(15) });
      const free = nextLease(again, read('other', { renewedMs }), { nowMs: atS(15), random: 0 });
      expect(leaseAction(free, atS(15))).toEqual({
        kind: 'replace',
        spec: {
          ...{ holder: 'me', durationSeconds: 15, acquiredMs: atS(15), renewedMs: atS(15) },
          transitions: 4,
        },
        version: '7',
      });
    }
  });

  it('that is renewed, though it is the first look in a long time, is not taken', () => {
    const state = stateAfter([0, read('other')], [60, read('other', { renewedMs: atS(58) })]);
    expect(leaseAction(state, atS(60))).toEqual({ kind: 'wait', untilMs: atS(62) });
    expect(state.seen?.sinceMs).toBe(atS(60));
  });

  it('that somebody only wrote a note on is not renewed by that', () => {
    const state = stateAfter([0, read('other')], [14, read('other', { version: '8' })]);
    expect(state.seen).toMatchObject({ sinceMs: atS(0), lease: { version: '8' } });
  });

  it('that was given up is taken at once', () => {
    const state = stateAfter([0, read('')]);
    expect(leaseAction(state, atS(0))).toMatchObject({ kind: 'replace', spec: { transitions: 4 } });
  });

  it('that asks for a minute is left for a minute, but not for a year', () => {
    const free = (durationSeconds: number, s: number) =>
      leaseAction(
        stateAfter(
          [0, read('other', { durationSeconds })],
          [s, read('other', { durationSeconds })],
        ),
        atS(s),
      ).kind;
    expect([free(60, 59), free(60, 60)]).toEqual(['wait', 'replace']);
    expect([free(31_536_000, 14), free(31_536_000, 15)]).toEqual(['wait', 'replace']);
    expect([free(0, 14), free(0, 15)]).toEqual(['wait', 'replace']);
  });
});

describe('a leader', () => {
  it('renews every 2 s without reading, counted from when it asked', () => {
    const state = stateAfter([0, read('')], [1, written(0, '8')]);
    expect(leaseAction(state, atS(1))).toEqual({ kind: 'wait', untilMs: atS(2) });
    expect(leaseAction(state, atS(2))).toMatchObject({
      ...{ kind: 'replace', version: '8' },
      spec: { acquiredMs: startMs, renewedMs: atS(2), transitions: 3 },
    });
    expect([leads(state, atS(9.999)), leads(state, atS(10))]).toEqual([true, false]);
  });

  it('tries on for 10 s when nobody answers, and leads no more after that', () => {
    const state = stateAfter([0, read('')], [0, written(0, '8')], [2, failed('timed-out')]);
    expect(leaseAction(state, atS(3))).toEqual({ kind: 'wait', untilMs: atS(4) });
    expect(leaseAction(state, atS(4)).kind).toBe('replace');
    const late = nextLease(state, failed('timed-out'), { nowMs: atS(11), random: 0 });
    expect(late.renewedMs).toBeUndefined();
    expect(leaseAction(late, atS(13))).toEqual({ kind: 'read' });
  });

  it('whose renewal came through though no answer did reads its own Lease, and leads on', () => {
    const state = stateAfter(
      ...([
        [0, read('')],
        [0, written(0, '8')],
        [2, failed('timed-out')],
      ] as const),
      ...([[4, failed('conflict')]] as const),
    );
    expect(leaseAction(state, atS(4))).toEqual({ kind: 'read' });
    const own = nextLease(state, read('me', { version: '9' }), { nowMs: atS(4), random: 0 });
    expect(leads(own, atS(4))).toBe(true);
    expect(leaseAction(own, atS(4))).toMatchObject({ kind: 'replace', version: '9' });
  });

  it('that reads another name in the Lease leads no more, at once', () => {
    const state = stateAfter(
      ...([
        [0, read('')],
        [0, written(0, '8')],
        [2, failed('conflict')],
      ] as const),
      ...([[2, read('other', { version: '9' })]] as const),
    );
    expect(leads(state, atS(2))).toBe(false);
    expect(leaseAction(state, atS(2)).kind).toBe('wait');
  });
});

/** All that is waiting for promises alone has happened. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

/** Instances that want one Lease, by one clock; one can be paused, as SIGSTOP does. */
function instances(...names: readonly string[]) {
  const clock = standingClock(startMs);
  const store = new ClusterStore(() => clock.nowMs());
  const away = new Set<string>();
  const log: string[] = [];
  const all = names.map((self) => {
    let paused: Promise<void> | undefined;
    let go = (): void => {};
    const own: Clock = {
      nowMs: () => clock.nowMs(),
      async sleepUntil(timeMs, signal) {
        await clock.sleepUntil(timeMs, signal);
        await paused;
      },
    };
    const stop = new AbortController();
    const kept = keepLease({
      api: memoryLeases(store, () => (away.has(self) ? 'timed-out' : undefined)),
      name: { namespace: 'drain', name: leaseName('prod') },
      ...{ self, clock: own, random: () => 0.5, signal: stop.signal },
      onChange: (isLeader) => log.push(`${self} ${isLeader ? 'leads' : 'leads no more'}`),
      onFailure: () => {},
    });
    return {
      ...{ self, kept },
      stop: async () => {
        stop.abort();
        await kept.ended;
      },
      pause() {
        paused = new Promise((resolve) => {
          go = resolve;
        });
      },
      goOn() {
        paused = undefined;
        go();
      },
    };
  });
  return {
    ...{ all, away, log },
    leaders: () => all.filter(({ kept }) => kept.leads()).map(({ self }) => self),
    /** In steps of 100 ms; never two lead at a time. */
    async pass(s: number) {
      for (let i = 0; i < s * 10; i++) {
        await settled();
        clock.moveOn(100);
        await settled();
        expect(this.leaders().length).toBeLessThan(2);
      }
    },
  };
}

describe('two instances', () => {
  it('have one leader; the other one takes over within 17 s of its silence, not before 15', async () => {
    const { all, away, log, leaders, ...two } = instances('a', 'b');
    const pass = (s: number) => two.pass.call({ leaders }, s);
    await pass(1);
    expect(leaders()).toEqual(['a']);
    away.add('a');
    await pass(12);
    expect(leaders()).toEqual([]);
    await pass(6);
    expect(leaders()).toEqual(['b']);
    away.clear();
    await pass(30);
    expect(leaders()).toEqual(['b']);
    expect(log).toEqual(['a leads', 'a leads no more', 'b leads']);
    for (const one of all) await one.stop();
  });

  it('have another leader after a pause of 60 s, and the old one knows before it writes', async () => {
    const { all, leaders, ...two } = instances('a', 'b');
    const pass = (s: number) => two.pass.call({ leaders }, s);
    await pass(1);
    all[0]?.pause();
    await pass(60);
    expect(leaders()).toEqual(['b']);
    all[0]?.goOn();
    expect(all[0]?.kept.leads()).toBe(false);
    await pass(20);
    expect(leaders()).toEqual(['b']);
    for (const one of all) await one.stop();
  });

  it('hand over at once when one is stopped', async () => {
    const { all, leaders, ...two } = instances('a', 'b');
    const pass = (s: number) => two.pass.call({ leaders }, s);
    await pass(1);
    await all[0]?.stop();
    expect(leaders()).toEqual([]);
    await pass(4);
    expect(leaders()).toEqual(['b']);
    expect(all[1]?.kept.holder()).toBe('b');
    await all[1]?.stop();
  });
});
