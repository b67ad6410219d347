import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ConnectionEntry } from '../../../src/domain/ipvs/ipvs.ts';
import type { TrafficTotals } from '../../../src/domain/ipvs/measurement.ts';
import {
  countHandshakes,
  type Handshakes,
  noHandshakes,
  sumHandshakes,
} from '../../../src/rollout/handshakes/count-handshakes.ts';
import {
  fewestConnections,
  type HandshakeEvidence,
  isSuspicious,
  judgeHandshakes,
} from '../../../src/rollout/handshakes/judge-handshakes.ts';
import { noTraffic, windowOf } from '../../../src/rollout/handshakes/traffic-window.ts';
import { realServer, wrrService } from '../../support/tables.ts';

const count = fc.nat(500);
const server = fc.record({
  forwarding: fc.constantFrom('masq', 'route', 'tunnel'),
  address: fc.constantFrom('10.0.0.2', '2001:db8::2'),
});
const handshakes: fc.Arbitrary<Handshakes> = fc
  .record({ unanswered: count, open: count, ended: count, reset: count, older: count, old: count })
  .map(({ older, old, ...now }) => ({
    ...now,
    everUnanswered: now.unanswered + old,
    everAnswered: now.open + now.ended + older,
  }));
const totals: fc.Arbitrary<TrafficTotals> = fc
  .record({
    connections: count,
    inEach: fc.nat(8),
    outEach: fc.nat(8),
    inSize: fc.integer({ min: 40, max: 600 }),
    outSize: fc.integer({ min: 40, max: 1_500 }),
  })
  .map(({ connections, inEach, outEach, inSize, outSize }) => ({
    connections,
    inPackets: connections * inEach,
    outPackets: connections * outEach,
    inBytes: connections * inEach * inSize,
    outBytes: connections * outEach * outSize,
  }));
const evidence: fc.Arbitrary<HandshakeEvidence> = fc.record({
  server,
  window: fc.record({
    spanMs: fc.integer({ min: 2_000, max: 30_000 }),
    own: totals,
    others: totals,
    othersEver: totals,
  }),
  own: handshakes,
  others: handshakes,
});

/** What a server with this fault shows for so many connections, beside others that serve. */
const bad = {
  silent: (n: number): HandshakeEvidence => ({
    ...good(n),
    own: { ...noHandshakes, unanswered: n, everUnanswered: n },
    window: {
      ...good(n).window,
      own: { ...noTraffic, connections: n, inPackets: 3 * n, inBytes: 180 * n },
    },
  }),
  refusing: (n: number): HandshakeEvidence => ({
    ...good(n),
    own: { ...noHandshakes, reset: n },
    window: {
      ...good(n).window,
      own: { connections: n, inPackets: n, outPackets: n, inBytes: 60 * n, outBytes: 40 * n },
    },
  }),
  closing: (n: number): HandshakeEvidence => ({
    ...good(n),
    own: { ...noHandshakes, ended: n, everAnswered: n },
    window: {
      ...good(n).window,
      own: {
        connections: n,
        inPackets: 4 * n,
        outPackets: 3 * n,
        inBytes: 400 * n,
        outBytes: 160 * n,
      },
    },
  }),
};

function good(n: number): HandshakeEvidence {
  const served = {
    connections: n,
    inPackets: 5 * n,
    outPackets: 4 * n,
    inBytes: 450 * n,
    outBytes: 700 * n,
  };
  return {
    server: { forwarding: 'masq', address: '10.0.0.2' },
    window: { spanMs: 8_000, own: served, others: served, othersEver: served },
    own: { ...noHandshakes, ended: n, everAnswered: n },
    others: { ...noHandshakes, ended: n, everAnswered: n },
  };
}

const kinds = ['silent', 'refusing', 'closing'] as const;

/** Beside others that get as little as nothing now, and serve all of it. */
const badEvidence = fc
  .record({ n: fc.integer({ min: 10, max: 500 }), beside: count, kind: fc.constantFrom(...kinds) })
  .map(({ n, beside, kind }) => {
    const { window, ...one } = bad[kind](n);
    const others = good(beside);
    return {
      ...one,
      others: { ...others.own, everAnswered: beside + 5 },
      window: { ...window, others: others.window.own, othersEver: good(beside + 5).window.own },
    };
  });

describe('a new server', () => {
  it('that does what the others do is never judged bad', () => {
    const same = fc.oneof(evidence, badEvidence).map((one) => ({
      ...one,
      others: one.own,
      window: { ...one.window, others: one.window.own, othersEver: one.window.own },
    }));
    fc.assert(
      fc.property(same, (one) => {
        // Connections of the table that the counters do not know belong to another time.
        fc.pre(one.own.unanswered <= one.window.own.connections);
        expect(judgeHandshakes(one)).toBeUndefined();
      }),
      { numRuns: 2_000 },
    );
  });

  it('with fewer connections than count is not judged', () => {
    fc.assert(
      fc.property(fc.nat(fewestConnections - 1), fc.constantFrom(...kinds), (n, kind) => {
        expect(judgeHandshakes(bad[kind](n))).toBeUndefined();
      }),
    );
  });

  it('that serves more than a tenth of what it gets is never judged bad', () => {
    fc.assert(
      fc.property(fc.oneof(evidence, badEvidence), (one) => {
        const { unanswered, ended, reset } = one.own;
        const open = Math.ceil((unanswered + ended + reset) / 8) + 1;
        expect(judgeHandshakes({ ...one, own: { ...one.own, open } })).toBeUndefined();
      }),
      { numRuns: 2_000 },
    );
  });

  it('without others that were ever served is never judged bad', () => {
    fc.assert(
      fc.property(fc.integer({ min: 5, max: 500 }), fc.constantFrom(...kinds), (n, kind) => {
        const { window, ...one } = bad[kind](n);
        const alone = { ...window, others: noTraffic, othersEver: noTraffic };
        expect(judgeHandshakes({ ...one, others: noHandshakes, window: alone })).toBeUndefined();
      }),
    );
  });

  it('that serves nobody is looked at, and judged bad', () => {
    fc.assert(
      fc.property(fc.integer({ min: 5, max: 500 }), fc.constantFrom(...kinds), (n, kind) => {
        expect(isSuspicious(bad[kind](n))).toBe(true);
        expect(judgeHandshakes(bad[kind](n))).toContain(`${n} of ${n} new connections`);
        expect(isSuspicious(good(n))).toBe(false);
      }),
    );
  });

  it('judged bad stays bad when more of the others is served', () => {
    fc.assert(
      fc.property(badEvidence, count, (one, more) => {
        expect(judgeHandshakes(one)).toBeDefined();
        const { others, window } = one;
        const better = {
          ...one,
          others: {
            ...others,
            ended: others.ended + more,
            everAnswered: others.everAnswered + more,
          },
          window: { ...window, others: withAnswers(window.others, more) },
        };
        expect(judgeHandshakes(better)).toBeDefined();
      }),
    );
  });
});

const withAnswers = (one: TrafficTotals, more: number): TrafficTotals => ({
  connections: one.connections + more,
  inPackets: one.inPackets + 5 * more,
  outPackets: one.outPackets + 4 * more,
  inBytes: one.inBytes + 450 * more,
  outBytes: one.outBytes + 5_000 * more,
});

describe('the connection table', () => {
  const timeouts = { tcpS: 900, tcpFinS: 120, udpS: 300 };
  const key = realServer('10.0.0.2', 1).key;
  const service = wrrService([realServer('10.0.0.2', 1)]);
  let port = 1_000;
  const entry = (state: string, expiresS: number, more: Partial<ConnectionEntry> = {}) => ({
    protocol: 'TCP',
    state,
    expiresS,
    client: { address: '10.0.9.1', port: port++ },
    virtual: { address: '10.0.0.100', port: 80 },
    server: key,
    ...more,
  });

  it('tells handshakes that wait from those of this moment, and recent ones from old ones', () => {
    const entries = [
      entry('SYN_RECV', 59),
      entry('SYN_RECV', 58),
      entry('SYN_RECV', 20),
      entry('ESTABLISHED', 899),
      entry('ESTABLISHED', 300),
      entry('TIME_WAIT', 119),
      entry('TIME_WAIT', 5),
      entry('CLOSE', 9),
      entry('UDP', 299, { protocol: 'UDP' }),
      entry('SYN_RECV', 50, { virtual: { address: '10.0.0.100', port: 81 } }),
      entry('NONE', 50, { client: { address: '10.0.9.1', port: 0 } }),
    ];
    const counted = countHandshakes({ entries, timeouts }, service, 10).get(key);
    expect(counted).toEqual({
      unanswered: 1,
      open: 1,
      ended: 1,
      reset: 1,
      everUnanswered: 2,
      everAnswered: 4,
    });
    expect(sumHandshakes([counted ?? noHandshakes, noHandshakes])).toEqual(counted);
  });
});

describe('the window', () => {
  const { key } = realServer('10.0.0.2', 1);
  const service = wrrService([]).key;
  const reading = (atS: number, connections: number) => ({
    atMs: atS * 1_000,
    totals: new Map([[service, new Map([[key, { ...noTraffic, connections }]])]]),
  });
  const of = (...readings: readonly ReturnType<typeof reading>[]) =>
    windowOf(readings, { service, server: key, others: [], connections: 5 });

  it('is the shortest with enough connections', () => {
    expect(of(reading(0, 0), reading(4, 4), reading(8, 9))).toMatchObject({
      spanMs: 4_000,
      own: { connections: 5 },
    });
    expect(of(reading(0, 0), reading(4, 5), reading(8, 9))).toMatchObject({ spanMs: 8_000 });
  });

  it('is none when there were too few, too short a time, or counters set to zero', () => {
    expect(of()).toBeUndefined();
    expect(of(reading(0, 0), reading(4, 4))).toBeUndefined();
    expect(of(reading(0, 0), reading(1, 40))).toBeUndefined();
    expect(of(reading(0, 90), reading(4, 20))).toBeUndefined();
  });
});
