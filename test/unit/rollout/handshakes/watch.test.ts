import { describe, expect, it } from 'vitest';
import type { ServerKey } from '../../../../src/domain/address.ts';
import { fail, ok } from '../../../../src/domain/failure.ts';
import type { ConnectionEntry } from '../../../../src/domain/ipvs/ipvs.ts';
import type { TrafficTotals } from '../../../../src/domain/ipvs/measurement.ts';
import { createHandshakeGates } from '../../../../src/rollout/handshakes/handshake-gate.ts';
import { noTraffic } from '../../../../src/rollout/handshakes/traffic-window.ts';
import type { Clock } from '../../../../src/rollout/ports.ts';
import { answeringDirector } from '../../../support/answering-director.ts';
import { fresh, old, stateAfter, web } from '../../../support/engine-state.ts';
import { realServer, wrrService } from '../../../support/tables.ts';

const timeouts = { tcpS: 900, tcpFinS: 120, udpS: 300 };
/** A request of 100 bytes and an answer of 1,000 each. */
const served = (connections: number): TrafficTotals => ({
  connections,
  inPackets: 5 * connections,
  inBytes: 368 * connections,
  outPackets: 5 * connections,
  outBytes: 1_268 * connections,
});
/** One SYN each, and no answer. */
const syns = (connections: number): TrafficTotals => ({
  ...noTraffic,
  connections,
  inPackets: connections,
  inBytes: 60 * connections,
});
const synOf = (server: ServerKey, port: number, agoS = 3): ConnectionEntry => ({
  protocol: 'TCP',
  state: 'SYN_RECV',
  expiresS: 60 - agoS,
  client: { address: '192.0.2.1', port },
  virtual: { address: '10.0.0.100', port: 80 },
  server,
});
const synsTo = (server: ServerKey, count: number) =>
  Array.from({ length: count }, (_, index) => synOf(server, 4_000 + index));

interface Scene {
  /** What NEW has got so many seconds after the first question; the others get ten connections a second. */
  readonly own: (s: number) => TrafficTotals;
  readonly others?: (s: number) => TrafficTotals;
  readonly entries?: (s: number) => readonly ConnectionEntry[];
  /** The time of totals that came along with a sample. */
  readonly recentAt?: (s: number) => number | undefined;
  readonly fails?: (s: number) => boolean;
  readonly readS?: number;
  readonly onSleep?: () => void;
  readonly lookS?: number;
}

/** The gate `ipvs` of a rollout from OLD to NEW, and all that it asks the director for. */
function watched({ own, others = (s) => served(10 * s), ...scene }: Scene) {
  const startMs = 1_800_000_000_000;
  let nowMs = startMs;
  const clock: Clock = {
    nowMs: () => nowMs,
    async sleepUntil(timeMs, signal) {
      scene.onSleep?.();
      if (!signal?.aborted) nowMs = Math.max(nowMs, timeMs);
    },
  };
  const seconds = () => (nowMs - startMs) / 1_000;
  const calls: string[] = [];
  const totalsAt = (s: number) =>
    new Map([[web, new Map([[old, others(s)] as const, [fresh, own(s)] as const])]]);
  const broken = () => fail({ kind: 'director' as const, what: 'no answer' });
  const director = answeringDirector('lb1', {
    async totals(services) {
      calls.push(`totals ${services} at ${seconds()}`);
      const totals = totalsAt(seconds());
      nowMs += (scene.readS ?? 0) * 1_000;
      return scene.fails?.(seconds()) ? broken() : ok(totals);
    },
    async connections() {
      calls.push(`connections at ${seconds()}`);
      const entries = scene.entries?.(seconds()) ?? [];
      nowMs += (scene.lookS ?? 0) * 1_000;
      return scene.fails?.(seconds()) ? broken() : ok({ entries, timeouts });
    },
    recentTotals: () => {
      const atS = scene.recentAt?.(seconds());
      return atS === undefined ? undefined : { atMs: startMs + atS * 1_000, totals: totalsAt(atS) };
    },
  });
  const { plan } = stateAfter([]);
  const [timed] = createHandshakeGates(plan, new Map([['lb1', director]]), clock);
  if (!timed) throw new Error('no gate');
  return {
    timed,
    seconds,
    taken: () => calls.splice(0),
    ask: (
      atS: number,
      more: { step?: number; movedFraction?: number; signal?: AbortSignal } = {},
    ) => {
      const { step = 3, movedFraction = 0.25, signal = new AbortController().signal } = more;
      nowMs = Math.max(nowMs, startMs + atS * 1_000);
      const about = { rollout: 'r', step, of: 12, movedFraction, from: [old], to: [fresh] };
      return timed.gate.ask(about, signal);
    },
  };
}

const good = { passed: true, detail: 'nothing speaks against the new servers' };
const bad = (count: number, s: number, others: string) => ({
  passed: false,
  detail: `10.0.0.2:80 in tcp/10.0.0.100:80: ${count} of ${count} new connections of the last ${s} s got no answer to their SYN (others: ${others})`,
});

describe('the gate ipvs', () => {
  it('is asked all through the rollout, every five seconds, and fails by two bad answers', () => {
    const { timed } = watched({ own: served });
    expect(timed.gate).toMatchObject({ name: 'ipvs', kind: 'ipvs' });
    expect(timed.timing).toEqual({
      intervalMs: 5_000,
      timeoutMs: 5_000,
      rise: 1,
      fall: 2,
      when: 'always',
    });
  });

  it('looks at nothing before step 0, when the new server need not be in the table', async () => {
    const { ask, taken } = watched({ own: syns });
    expect(await ask(0, { step: 0 })).toEqual(good);
    expect(taken()).toEqual([]);
  });

  it('reads totals and never connections of a server that serves', async () => {
    const { ask, taken } = watched({ own: (s) => served(5 * s) });
    for (const s of [0, 5, 10]) expect(await ask(s)).toEqual(good);
    expect(taken()).toEqual([0, 5, 10].map((s) => `totals ${web} at ${s}`));
  });

  it('speaks against one that answers no SYN, at its first look and again a look later', async () => {
    const scene = watched({
      own: (s) => syns(4 * s),
      entries: (s) => [...synsTo(fresh, 4 * s), synOf(fresh, 9_000, 1), synOf(old, 9_001, 1)],
    });
    expect(await scene.ask(0)).toEqual(good);
    expect(await scene.ask(5)).toEqual(bad(20, 8, '0 of 50'));
    expect(scene.taken()).toEqual([`totals ${web} at 0`, `totals ${web} at 5`, 'connections at 5']);
    // Asked again at once it waits, for the same connections are no second piece of evidence.
    expect(await scene.ask(5)).toEqual(bad(28, 5, '0 of 20'));
    expect(scene.taken()).toEqual([`totals ${web} at 7`, 'connections at 7']);
    expect(scene.seconds()).toBe(7);
  });

  it('takes its word back when the server serves', async () => {
    const healed = (s: number) =>
      s <= 5 ? syns(4 * s) : { ...served(5 * s), connections: 20 + 5 * (s - 5) };
    const { ask } = watched({ own: healed, entries: () => synsTo(fresh, 20) });
    await ask(0);
    expect((await ask(5)).passed).toBe(false);
    expect(await ask(20)).toEqual(good);
  });

  it('compares with the handshakes of the others', async () => {
    const both = watched({
      own: (s) => syns(4 * s),
      entries: () => [...synsTo(fresh, 20), ...synsTo(old, 11)],
    });
    await both.ask(0);
    expect(await both.ask(5)).toEqual(good);
    const few = watched({
      own: (s) => syns(4 * s),
      entries: () => [...synsTo(fresh, 20), ...synsTo(old, 10)],
    });
    await few.ask(0);
    expect(await few.ask(5)).toEqual(bad(20, 8, '10 of 50'));
  });
});

describe('a question', () => {
  it('reads totals once in 900 ms, which the kernel adds up every two seconds', async () => {
    const { ask, taken } = watched({ own: (s) => served(5 * s) });
    for (const s of [5, 5.5, 5.8, 5.9, 6.7]) await ask(s);
    expect(taken()).toEqual([5, 5.9].map((s) => `totals ${web} at ${s}`));
  });

  it('is about thirty seconds and no more', async () => {
    const looksFor = async (perS: number) => {
      const { ask, taken } = watched({ own: (s) => syns(Math.floor(perS * s)) });
      for (let s = 0; s <= 60; s += 5) await ask(s);
      return taken().filter((call) => call.startsWith('connections')).length;
    };
    // Five in half a minute are the fewest that say anything.
    expect(await looksFor(1 / 6)).toBeGreaterThan(0);
    expect(await looksFor(1 / 7.5)).toBe(0);
  });

  it('that is given up or asked again meanwhile has the last answer, and is not asked twice', async () => {
    let isHanging = false;
    let asked = 0;
    const director = answeringDirector('lb1', {
      totals: async () => {
        asked++;
        if (isHanging) await new Promise(() => {});
        return fail({ kind: 'director' as const, what: 'no answer' });
      },
    });
    const clock = { nowMs: () => 1_800_000_000_000, sleepUntil: async () => {} };
    const { plan } = stateAfter([]);
    const [timed] = createHandshakeGates(plan, new Map([['lb1', director]]), clock);
    const about = { rollout: 'r', step: 3, of: 12, movedFraction: 0.25, from: [], to: [] };
    const ask = (signal = new AbortController().signal) => timed?.gate.ask(about, signal);
    expect(await ask()).toEqual(good);
    isHanging = true;
    const over = new AbortController();
    const first = ask(over.signal);
    expect(await ask()).toEqual(good);
    over.abort();
    expect(await first).toEqual(good);
    expect(asked).toBe(2);
  });
});

it('a question that was given up before it began waits for no director', async () => {
  const director = answeringDirector('lb1', { totals: () => new Promise(() => {}) });
  const clock = { nowMs: () => 1_800_000_000_000, sleepUntil: async () => {} };
  const { plan } = stateAfter([]);
  const [timed] = createHandshakeGates(plan, new Map([['lb1', director]]), clock);
  const about = { rollout: 'r', step: 3, of: 12, movedFraction: 0.25, from: [], to: [] };
  expect(await timed?.gate.ask(about, AbortSignal.abort())).toEqual(good);
});

describe('a suspicion', () => {
  /** Only SYNs by the counters, and nothing of them in the table. */
  const quiet: Scene = { own: (s) => syns(4 * s) };

  it('is cleared up by four looks at most before the next step goes on, and then by no more', async () => {
    const { ask, taken, seconds } = watched(quiet);
    await ask(0);
    taken();
    expect(await ask(5)).toEqual(good);
    expect(taken().filter((call) => call.startsWith('connections'))).toEqual(
      [5, 7, 9, 11, 13].map((s) => `connections at ${s}`),
    );
    expect(seconds()).toBe(13);
    expect(await ask(13.5)).toEqual(good);
    expect(seconds()).toBe(13.5);
    expect(taken()).toEqual([]);
    expect(await ask(20)).toEqual(good);
    expect(taken()).toEqual([`totals ${web} at 20`, 'connections at 20']);
    expect(seconds()).toBe(20);
  });

  it('of three connections or four waits for two more totals, and for no look', async () => {
    const few = (count: number) => watched({ own: (s) => syns(s < 5 ? 0 : count) });
    for (const count of [3, 4]) {
      const { ask, taken, seconds } = few(count);
      await ask(0);
      expect(await ask(5)).toEqual(good);
      expect(taken()).toEqual([0, 5, 7, 9].map((s) => `totals ${web} at ${s}`));
      expect(await ask(10)).toEqual(good);
      expect(seconds()).toBe(10);
    }
    const { ask, seconds } = few(2);
    await ask(0);
    await ask(5);
    expect(seconds()).toBe(5);
  });

  it('of few connections becomes a fault at the step at which it began', async () => {
    const own = (s: number) => syns(s < 5 ? 0 : s < 7 ? 3 : 10);
    const { ask } = watched({ own, entries: () => synsTo(fresh, 10) });
    await ask(0);
    expect(await ask(5)).toEqual(bad(10, 5, '0 of 20'));
  });

  it('waits again where there was none in between', async () => {
    const own = (s: number) => {
      if (s <= 13) return syns(4 * s);
      const more = served(40 * (Math.min(s, 60) - 13));
      const sum = (a: TrafficTotals, b: TrafficTotals) =>
        Object.fromEntries(
          Object.entries(a).map(([key, count]) => [key, count + b[key as keyof TrafficTotals]]),
        ) as unknown as TrafficTotals;
      return sum(sum(syns(4 * 13), more), syns(4 * Math.max(0, s - 60)));
    };
    const { ask, seconds, taken } = watched({ own });
    await ask(0);
    await ask(5);
    expect(seconds()).toBe(13);
    await ask(40);
    await ask(60);
    taken();
    expect(await ask(65)).toEqual(good);
    expect(taken().filter((call) => call.startsWith('connections'))).toEqual(
      [65, 67, 69, 71, 73].map((s) => `connections at ${s}`),
    );
  });

  it('is no longer looked into when the rollout gives the question up', async () => {
    const { ask, seconds } = watched(quiet);
    await ask(0);
    const over = new AbortController();
    over.abort();
    expect(await ask(5, { signal: over.signal })).toEqual(good);
    expect(seconds()).toBe(5);
  });

  it('is no longer looked into when that happens while it waits for the next look', async () => {
    const over = new AbortController();
    const { ask, taken, seconds } = watched({ ...quiet, onSleep: () => over.abort() });
    await ask(0);
    taken();
    expect(await ask(5, { signal: over.signal })).toEqual(good);
    expect(taken()).toEqual([`totals ${web} at 5`, 'connections at 5']);
    expect(seconds()).toBe(5);
  });

  it('is looked into less and less often where reading the table takes long', async () => {
    const { ask, taken } = watched({ ...quiet, lookS: 3 });
    await ask(0);
    const looks: number[] = [];
    for (let s = 5; s <= 120; s += 1) {
      await ask(s);
      looks.push(
        ...taken().flatMap((call) => (call.startsWith('conn') ? [Number(call.slice(15))] : [])),
      );
    }
    const between = looks.slice(1).map((s, index) => s - (looks[index] ?? 0));
    // As long as a reading takes, twice that, five times, and ten times in the end.
    expect(between.slice(0, 3)).toEqual([3, 6, 15]);
    expect(between.slice(3).every((s) => s >= 30 && s <= 32)).toBe(true);
    expect(between.length).toBeGreaterThan(4);
  });

  it('costs what a reading takes beyond a plain listing', async () => {
    const { ask, taken } = watched({ ...quiet, readS: 2, lookS: 3 });
    await ask(0);
    taken();
    await ask(10);
    const looks = taken().flatMap((call) =>
      call.startsWith('conn') ? [Number(call.slice(15))] : [],
    );
    // One second more than a listing: the shortest time between two looks stays.
    expect(looks.slice(0, 2)).toEqual([12, 17]);
  });
});

describe('a director that does not answer', () => {
  it('is no evidence, neither for nor against', async () => {
    const scene = watched({ own: (s) => syns(4 * s), fails: (s) => s >= 5 && s < 10 });
    await scene.ask(0);
    expect(await scene.ask(5)).toEqual(good);
    expect(scene.taken()).toEqual([`totals ${web} at 0`, `totals ${web} at 5`]);
  });

  it('leaves what was found before as it is', async () => {
    const scene = watched({
      own: (s) => syns(4 * s),
      entries: (s) => synsTo(fresh, 4 * s),
      fails: (s) => s > 5,
    });
    await scene.ask(0);
    expect(await scene.ask(5)).toEqual(bad(20, 8, '0 of 50'));
    expect((await scene.ask(15)).passed).toBe(false);
  });
});

describe('totals that came along with a sample', () => {
  const along = (s: number) => s - 1;

  it('do where the ramp is over', async () => {
    const { ask, taken } = watched({ own: (s) => served(5 * s), recentAt: along });
    for (const s of [1, 6, 11]) expect(await ask(s, { movedFraction: 1 })).toEqual(good);
    expect(taken()).toEqual([]);
  });

  it('do on the ramp once the new server has served, and not before', async () => {
    const { ask, taken } = watched({ own: (s) => served(5 * s), recentAt: along });
    expect(await ask(1)).toEqual(good);
    expect(await ask(6)).toEqual(good);
    expect(taken()).toEqual([`totals ${web} at 1`, `totals ${web} at 6`]);
    expect(await ask(11)).toEqual(good);
    expect(taken()).toEqual([]);
  });

  it('find no fault by themselves: then fresh ones are read', async () => {
    const { ask, taken } = watched({
      own: (s) => syns(4 * s),
      entries: (s) => synsTo(fresh, 4 * s),
      recentAt: along,
    });
    await ask(1, { movedFraction: 1 });
    expect(await ask(6, { movedFraction: 1 })).toEqual(bad(24, 9, '0 of 60'));
    expect(taken()).toEqual([`totals ${web} at 6`, 'connections at 6']);
  });

  it('are not asked once something speaks against the server', async () => {
    const healed = (s: number) => (s <= 6 ? syns(4 * s) : served(5 * s));
    const { ask, taken } = watched({
      own: healed,
      entries: () => synsTo(fresh, 24),
      recentAt: along,
    });
    await ask(1, { movedFraction: 1 });
    expect((await ask(6, { movedFraction: 1 })).passed).toBe(false);
    taken();
    expect(await ask(20, { movedFraction: 1 })).toEqual(good);
    expect(taken()).toEqual([`totals ${web} at 20`]);
  });
});

describe('a service that can carry no TCP', () => {
  it.each([
    ['udp', { kind: 'address', protocol: 'udp', address: '10.0.0.100', port: 53 }, 0],
    ['sctp', { kind: 'address', protocol: 'sctp', address: '10.0.0.100', port: 53 }, 0],
    ['tcp', { kind: 'address', protocol: 'tcp', address: '10.0.0.100', port: 53 }, 1],
    ['a firewall mark', { kind: 'fwmark', mark: 7, family: 4 }, 1],
  ] as const)('has no gate: %s', (_, address, gates) => {
    const service = wrrService([realServer('10.0.0.1', 100), realServer('10.0.0.3', 100)], {
      address,
    });
    const { plan } = stateAfter([], { service });
    const clock = { nowMs: () => 0, sleepUntil: async () => {} };
    const director = answeringDirector('lb1');
    expect(createHandshakeGates(plan, new Map([['lb1', director]]), clock)).toHaveLength(gates);
    expect(createHandshakeGates(plan, new Map(), clock)).toEqual([]);
  });
});
