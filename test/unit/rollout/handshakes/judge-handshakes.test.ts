import { describe, expect, it } from 'vitest';
import type { TrafficTotals } from '../../../../src/domain/ipvs/measurement.ts';
import {
  type Handshakes,
  noHandshakes,
} from '../../../../src/rollout/handshakes/count-handshakes.ts';
import {
  isSuspicious,
  judgeHandshakes,
} from '../../../../src/rollout/handshakes/judge-handshakes.ts';
import { noTraffic, windowOf } from '../../../../src/rollout/handshakes/traffic-window.ts';
import { fresh, old, web } from '../../../support/engine-state.ts';

const masq = { forwarding: 'masq', address: '10.0.0.2' } as const;
const route = { forwarding: 'route', address: '10.0.0.2' } as const;
/** Connections that were served: a request of 100 bytes, an answer of 1,000. */
const served = (connections: number): TrafficTotals => ({
  connections,
  inPackets: 5 * connections,
  inBytes: (60 + 4 * 52 + 100) * connections,
  outPackets: 5 * connections,
  outBytes: (60 + 4 * 52 + 1_000) * connections,
});
/** One SYN each, and no answer. */
const syns = (connections: number): TrafficTotals => ({
  ...noTraffic,
  connections,
  inPackets: connections,
  inBytes: 60 * connections,
});
/** One SYN each, and a reset for it. */
const refused = (connections: number): TrafficTotals => ({
  ...syns(connections),
  outPackets: connections,
  outBytes: 40 * connections,
});
/** A request of 100 bytes, and the connection closed for it. */
const closed = (connections: number): TrafficTotals => ({
  ...served(connections),
  outPackets: 3 * connections,
  outBytes: (60 + 2 * 52) * connections,
});
const window = (own: TrafficTotals, others = served(20), othersEver = others) => ({
  spanMs: 5_000,
  own,
  others,
  othersEver,
});
const shakes = (more: Partial<Handshakes>): Handshakes => ({ ...noHandshakes, ...more });
const judge = (
  own: Partial<Handshakes>,
  traffic: ReturnType<typeof window>,
  others: Partial<Handshakes> = {},
  server: typeof masq | typeof route = masq,
) => judgeHandshakes({ server, window: traffic, own: shakes(own), others: shakes(others) });

describe('counters that are a reason to read the connection table', () => {
  it('show nothing but SYNs', () => {
    expect(isSuspicious({ server: masq, window: window(syns(5)) })).toBe(true);
    expect(isSuspicious({ server: route, window: window(syns(5)) })).toBe(true);
  });

  it('show no answer beyond headers, where answers pass the director', () => {
    expect(isSuspicious({ server: masq, window: window(closed(5)) })).toBe(true);
    expect(isSuspicious({ server: route, window: window(closed(5)) })).toBe(false);
    expect(isSuspicious({ server: masq, window: window(served(5)) })).toBe(false);
  });

  it('may be a SYN sent eight times, and not more', () => {
    const times = (n: number): TrafficTotals => ({
      ...noTraffic,
      connections: 5,
      inPackets: 5 * n,
      inBytes: 60 * 5 * n,
    });
    expect(isSuspicious({ server: route, window: window(times(8)) })).toBe(true);
    expect(isSuspicious({ server: route, window: window(times(9)) })).toBe(false);
  });

  it('count longer headers with IPv6', () => {
    const six = { forwarding: 'route', address: '2001:db8::2' } as const;
    const long = { ...syns(5), inBytes: 80 * 5 };
    expect(isSuspicious({ server: six, window: window(long) })).toBe(true);
    expect(isSuspicious({ server: route, window: window(long) })).toBe(false);
  });
});

describe('a server that answers no SYN', () => {
  it('is at fault where the others answer theirs', () => {
    expect(judge({ unanswered: 9, open: 1 }, window(syns(10)))).toBe(
      '9 of 10 new connections of the last 8 s got no answer to their SYN (others: 0 of 20)',
    );
  });

  it('is not where fewer than five, or less than nine in ten were left without', () => {
    expect(judge({ unanswered: 4 }, window(syns(4)))).toBeUndefined();
    expect(judge({ unanswered: 5 }, window(syns(5)))).toMatch(/^5 of 5 /);
    expect(judge({ unanswered: 8, open: 1 }, window(syns(9)))).toBeUndefined();
    for (const part of ['open', 'ended', 'reset'] as const) {
      expect(judge({ unanswered: 8, [part]: 2 }, window(syns(10)), {}, route)).toBeUndefined();
    }
  });

  it('is not where more than a fifth is left without at the others as well', () => {
    const others = (unanswered: number) =>
      judge({ unanswered: 10 }, window(syns(10)), { unanswered });
    expect(others(4)).toMatch(/\(others: 4 of 20\)$/);
    expect(others(5)).toBeUndefined();
  });

  it('is held against five connections of the others, and not against four', () => {
    const beside = (others: number) => judge({ unanswered: 9 }, window(syns(9), served(others)));
    expect(beside(5)).toMatch(/\(others: 0 of 5\)$/);
    expect(beside(4)).toBeUndefined();
  });

  it('that has all the traffic is held against what was answered before', () => {
    const alone = (own: Partial<Handshakes>, others: Partial<Handshakes>) =>
      judge({ unanswered: 11, ...own }, window(syns(11), noTraffic), others);
    expect(alone({}, { everAnswered: 5, everUnanswered: 1 })).toBe(
      '11 of 11 new connections of the last 8 s got no answer to their SYN (others before: 1 of 6)',
    );
    expect(alone({ unanswered: 9 }, { everAnswered: 5 })).toBeUndefined();
    expect(alone({ everAnswered: 1 }, { everAnswered: 5 })).toBeUndefined();
    expect(alone({}, { everAnswered: 4 })).toBeUndefined();
    expect(alone({}, { everAnswered: 5, everUnanswered: 2 })).toBeUndefined();
    // A tenth is exactly that: 1 of 10, and 2 of 20.
    expect(alone({ unanswered: 10 }, { everAnswered: 5, everUnanswered: 1 })).toMatch(/^10 of 10 /);
    expect(alone({ unanswered: 20 }, { everAnswered: 5, everUnanswered: 2 })).toMatch(/^20 of 20 /);
    expect(alone({ unanswered: 10 }, { everAnswered: 5, everUnanswered: 2 })).toBeUndefined();
  });
});

describe('a server that takes connections and serves none', () => {
  it('refuses them', () => {
    expect(judge({ reset: 10 }, window(refused(10)))).toBe(
      '10 of 10 new connections of the last 8 s were refused (others: 1000 bytes a connection)',
    );
  });

  it('does not refuse where resets are fewer than nine in ten', () => {
    const few = { ...refused(10), outPackets: 8, outBytes: 320 };
    expect(judge({ reset: 10 }, window(few))).toBeUndefined();
  });

  it('closes them without an answer', () => {
    expect(judge({ ended: 10 }, window(closed(10)))).toBe(
      '10 of 10 new connections of the last 8 s were closed without an answer (others: 1000 bytes a connection)',
    );
  });

  it('is not at fault where nobody has asked for anything', () => {
    const idle = { ...closed(10), inPackets: 30, inBytes: (60 + 2 * 52) * 10 };
    expect(judge({ ended: 10 }, window(idle))).toBeUndefined();
  });

  it('cannot be told from one that does, where answers do not pass the director', () => {
    expect(judge({ ended: 10 }, window(closed(10)), {}, route)).toBeUndefined();
  });

  it('is not judged by connections that are open, or by fewer than five', () => {
    expect(judge({ ended: 8, open: 2 }, window(closed(10)))).toBeUndefined();
    expect(judge({ ended: 8, unanswered: 2 }, window(closed(10)))).toBeUndefined();
    expect(judge({ ended: 4 }, window(closed(4)))).toBeUndefined();
    expect(judge({ ended: 5 }, window(closed(5)))).toMatch(/^5 of 5 /);
    expect(judge({}, window(closed(5)))).toBeUndefined();
  });

  it('is judged from nine in ten on, beside five connections of the others', () => {
    expect(judge({ ended: 9, open: 1 }, window(closed(10)))).toMatch(/closed without an answer/);
    expect(judge({ ended: 9 }, window(closed(9), served(5), noTraffic))).toMatch(/^9 of 9 /);
    const most = { ...refused(10), outPackets: 9, outBytes: 360 };
    expect(judge({ reset: 10 }, window(most))).toMatch(/were refused/);
  });

  it('is not at fault where all that came has ended, with an answer', () => {
    expect(judge({ ended: 10 }, window(served(10)))).toBeUndefined();
  });

  it('is held against what the others have ever answered, where it has all the traffic', () => {
    const alone = (connections: number, ever: TrafficTotals) =>
      judge({ ended: connections }, window(closed(connections), noTraffic, ever));
    expect(alone(10, served(5))).toMatch(/others: 1000 bytes a connection/);
    expect(alone(9, served(5))).toBeUndefined();
    expect(alone(10, served(4))).toBeUndefined();
  });

  it('is not at fault where the others answer less than 50 bytes', () => {
    const brief = (bytes: number) => ({
      ...served(20),
      outBytes: (60 + 4 * 52 + bytes) * 20,
    });
    expect(judge({ ended: 10 }, window(closed(10), brief(49)))).toBeUndefined();
    expect(judge({ ended: 10 }, window(closed(10), brief(50)))).toMatch(/others: 50 bytes/);
  });
});

describe('the window of a server', () => {
  const reading = (s: number, own: TrafficTotals | undefined, other = served(10 * s)) => ({
    atMs: s * 1_000,
    totals: new Map([
      [web, new Map([...(own ? [[fresh, own] as const] : []), [old, other] as const])],
    ]),
  });
  const options = { service: web, server: fresh, others: [old], connections: 5 };

  it('is the shortest with enough connections, and two seconds long at least', () => {
    const readings = [
      reading(0, served(0)),
      reading(1, served(1)),
      reading(3, served(6)),
      reading(4, served(11)),
    ];
    expect(windowOf(readings, options)).toEqual({
      spanMs: 3_000,
      own: served(10),
      others: served(30),
      othersEver: served(40),
    });
    const near = [reading(0, served(0)), reading(2, served(5))];
    expect(windowOf(near, options)).toMatchObject({ spanMs: 2_000, own: served(5) });
  });

  it('is none where too few came, or nothing is known of the server', () => {
    expect(windowOf([], options)).toBeUndefined();
    expect(windowOf([reading(0, served(0)), reading(5, served(4))], options)).toBeUndefined();
    expect(windowOf([reading(0, served(0)), reading(5, undefined)], options)).toBeUndefined();
    expect(windowOf([reading(0, undefined), reading(5, served(9))], options)).toBeUndefined();
    expect(
      windowOf([reading(0, served(0)), reading(5, served(9))], {
        ...options,
        service: 'x' as never,
      }),
    ).toBeUndefined();
  });

  it('is none where somebody has set the counters to zero in between', () => {
    const zeroed = { ...served(9), outBytes: -1 };
    const before = { ...noTraffic, outBytes: 10 };
    expect(windowOf([reading(0, before), reading(5, zeroed)], options)).toBeUndefined();
  });

  it('leaves out another server whose counters were set to zero', () => {
    const readings = [reading(0, served(0), served(90)), reading(5, served(9), served(3))];
    expect(windowOf(readings, options)).toMatchObject({
      others: noTraffic,
      othersEver: served(3),
    });
  });
});
