import { describe, expect, it } from 'vitest';
import { createWaker } from '../../../src/daemons/waker.ts';
import type { ServiceKey } from '../../../src/domain/address.ts';
import { fail, ok, type Result } from '../../../src/domain/failure.ts';
import { type CheckedServer, createCheckerPool, type Hearer } from '../../../src/guard/checkers.ts';
import type { Answer } from '../../../src/guard/decide/health.ts';
import type { Gate, GateContext } from '../../../src/rollout/ports.ts';
import { guarded } from '../../support/simulated-guard.ts';
import { realServer } from '../../support/tables.ts';

/** A clock that stands until it is told the time. */
function handClock() {
  let nowMs = 0;
  const sleepers = new Set<{ readonly timeMs: number; readonly wake: () => void }>();
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  return {
    nowMs: () => nowMs,
    sleepUntil: (timeMs: number, signal?: AbortSignal) =>
      new Promise<void>((resolve) => {
        if (timeMs <= nowMs || signal?.aborted) return resolve();
        const sleeper = {
          timeMs,
          wake: () => {
            sleepers.delete(sleeper);
            resolve();
          },
        };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', sleeper.wake);
      }),
    async goTo(timeMs: number) {
      for (;;) {
        await settled();
        const [next] = [...sleepers].sort((a, b) => a.timeMs - b.timeMs);
        if (!next || next.timeMs > timeMs) break;
        nowMs = next.timeMs;
        next.wake();
      }
      nowMs = timeMs;
    },
  };
}

interface Asked {
  readonly atMs: number;
  readonly about: GateContext;
}

/** A pool whose servers answer after `takesMs`, or when they are given up. */
function poolOf({ random = 0, takesMs = 5 } = {}) {
  const clock = handClock();
  const asked: Asked[] = [];
  const created: string[] = [];
  const world = {
    clock,
    asked,
    created,
    takesMs,
    check: undefined as Result<Gate> | undefined,
  };
  const pool = createCheckerPool({
    clock,
    random: () => random,
    async createCheck(_, { key }) {
      created.push(key);
      const gate: Gate = {
        name: key,
        kind: 'check',
        async ask(about, signal) {
          asked.push({ atMs: clock.nowMs(), about });
          await clock.sleepUntil(clock.nowMs() + world.takesMs, signal);
          return { passed: !signal.aborted, detail: signal.aborted ? 'given up' : 'good' };
        },
      };
      return world.check ?? ok(gate);
    },
  });
  return { ...world, world, pool };
}

function hearing() {
  const heard: (readonly [string, Answer])[] = [];
  const refused: (readonly [ServiceKey, string])[] = [];
  const hearer: Hearer = {
    heard: ({ server }, answer) => heard.push([server.key, answer]),
    cannotAsk: (service, { what }) => refused.push([service, what]),
  };
  return { heard, refused, hearer };
}

const one: CheckedServer = { guarded, server: realServer('10.0.0.1', 100) };
const two: CheckedServer = { guarded, server: realServer('10.0.0.2', 100) };
const times = (asked: readonly Asked[]) => asked.map(({ atMs }) => atMs);

describe('the questions to a server', () => {
  it('come an interval apart, whatever an answer takes, each about the server alone', async () => {
    const { pool, clock, asked } = poolOf();
    const { heard, hearer } = hearing();
    pool.join(hearer).keep([one]);
    await clock.goTo(4_500);
    expect(times(asked)).toEqual([0, 2_000, 4_000]);
    expect(heard[1]).toEqual([
      '10.0.0.1:80',
      { passed: true, detail: 'good', askedMs: 2_000, atMs: 2_005 },
    ]);
    expect(asked[0]?.about).toEqual({
      rollout: 'guard',
      step: 0,
      of: 0,
      movedFraction: 0,
      from: [],
      to: ['10.0.0.1:80'],
    });
  });

  it('are spread over the interval at first, and then a tenth of it early at most', async () => {
    const { pool, clock, asked } = poolOf({ random: 0.5 });
    pool.join(hearing().hearer).keep([one]);
    await clock.goTo(5_000);
    expect(times(asked)).toEqual([1_000, 2_900, 4_800]);
  });

  it('are given up at the timeout, and the next one comes at its time', async () => {
    const { pool, clock, asked } = poolOf({ takesMs: 60_000 });
    const { heard, hearer } = hearing();
    pool.join(hearer).keep([one]);
    await clock.goTo(3_000);
    expect(times(asked)).toEqual([0, 2_000]);
    expect(heard.map(([, answer]) => answer)).toEqual([
      { passed: false, detail: 'given up', askedMs: 0, atMs: 1_000 },
      { passed: false, detail: 'given up', askedMs: 2_000, atMs: 3_000 },
    ]);
  });

  it('go on in their rhythm for a server that is kept, and end for one that is not', async () => {
    const { pool, clock, asked, created } = poolOf();
    const checkers = pool.join(hearing().hearer);
    checkers.keep([one, two]);
    await clock.goTo(500);
    checkers.keep([one]);
    await clock.goTo(4_500);
    const of = (key: string) => times(asked.filter(({ about }) => about.to[0] === key));
    expect(of('10.0.0.1:80')).toEqual([0, 2_000, 4_000]);
    expect(of('10.0.0.2:80')).toEqual([0]);
    expect(created).toEqual(['10.0.0.1:80', '10.0.0.2:80']);
  });

  it('are others where the check or its timing is another', async () => {
    const { pool, clock, asked } = poolOf();
    const checkers = pool.join(hearing().hearer);
    checkers.keep([one]);
    await clock.goTo(500);
    const timing = { ...guarded.timing, intervalMs: 1_000 };
    checkers.keep([{ ...one, guarded: { ...guarded, timing } }]);
    await clock.goTo(2_600);
    expect(times(asked)).toEqual([0, 500, 1_500, 2_500]);
  });

  it('are heard by nobody once they were stopped, not even one that is under way', async () => {
    const { pool, clock, asked } = poolOf({ takesMs: 100 });
    const { heard, hearer } = hearing();
    const checkers = pool.join(hearer);
    checkers.keep([one]);
    await clock.goTo(50);
    checkers.stop();
    await clock.goTo(4_000);
    expect([times(asked), heard]).toEqual([[0], []]);
    checkers.keep([one]);
    await clock.goTo(8_000);
    expect(times(asked)).toEqual([0]);
  });
});

describe('a server of several guards', () => {
  it('is asked once for all of them, for as long as one is there', async () => {
    const { pool, clock, asked, created } = poolOf();
    const [a, b] = [hearing(), hearing()];
    const [first, second] = [pool.join(a.hearer), pool.join(b.hearer)];
    first.keep([one]);
    second.keep([one]);
    await clock.goTo(1_000);
    first.stop();
    await clock.goTo(3_000);
    expect(times(asked)).toEqual([0, 2_000]);
    expect([a.heard.length, b.heard.length]).toEqual([1, 2]);
    second.keep([]);
    await clock.goTo(9_000);
    expect(times(asked)).toEqual([0, 2_000]);
    second.keep([one]);
    await clock.goTo(9_500);
    expect([times(asked).at(-1), created.length]).toEqual([9_000, 2]);
  });

  it('that nobody can ask is told to each of them, and left alone', async () => {
    const { pool, clock, asked, world } = poolOf();
    world.check = fail({ kind: 'usage', what: 'no such probe' });
    const [a, b] = [hearing(), hearing()];
    pool.join(a.hearer).keep([one]);
    await clock.goTo(100);
    pool.join(b.hearer).keep([one]);
    await clock.goTo(9_000);
    const refused = [[guarded.service, 'no such probe']];
    expect([a.refused, b.refused, asked]).toEqual([refused, refused, []]);
  });
});

describe('the sleep of a guard', () => {
  it('ends at its time, when it is woken, and at once when it was woken before', async () => {
    const clock = handClock();
    const waker = createWaker(clock);
    const woken: string[] = [];
    const sleep = (name: string, untilMs: number) =>
      void waker.sleepUntil(untilMs).then(() => woken.push(`${name} ${clock.nowMs()}`));
    sleep('a', 1_000);
    await clock.goTo(1_500);
    sleep('b', 9_000);
    await clock.goTo(2_000);
    waker.wake();
    await clock.goTo(2_500);
    waker.wake();
    sleep('c', 9_000);
    await clock.goTo(3_000);
    sleep('d', 4_000);
    await clock.goTo(5_000);
    expect(woken).toEqual(['a 1000', 'b 2000', 'c 2500', 'd 4000']);
  });
});
