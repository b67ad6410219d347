import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ServiceAddress } from '../../../src/domain/address.ts';
import type { DrainEstimate } from '../../../src/domain/ipvs/drain-estimate.ts';
import {
  estimateDrain,
  type OldServer,
  openAtEnd,
} from '../../../src/planner/diagnose/estimate-drain.ts';
import { rampSchedule } from '../../../src/planner/weights/curve.ts';

const address = (protocol: 'tcp' | 'udp' | 'sctp'): ServiceAddress => ({
  kind: 'address',
  protocol,
  address: '10.0.0.100',
  port: 80,
});

const linear = (overMs: number, steps: number) =>
  rampSchedule({ overMs, everyMs: Math.max(1, overMs / steps), curve: 'linear' });

/** A masqueraded TCP server with 200 connections open and 100 new ones a second, after a ramp of 10 s. */
const steady: OldServer = {
  service: { address: address('tcp'), onePacket: false },
  forwarding: 'masq',
  counts: { activeConn: 200, inActConn: 0, persistConn: 0 },
  perSecond: 100,
  timeouts: { tcpS: 900, tcpFinS: 120, udpS: 300 },
  templatesExpire: false,
  schedule: linear(10_000, 10),
  settleMs: 0,
};

const counts = (activeConn: number, inActConn = 0, persistConn = 0) => ({
  counts: { activeConn, inActConn, persistConn },
});

const many = fc.integer({ min: 0, max: 5_000_000 });

const oldServer: fc.Arbitrary<OldServer> = fc.record({
  service: fc.record(
    {
      address: fc.oneof(
        fc.constantFrom('tcp' as const, 'udp' as const, 'sctp' as const).map(address),
        fc.constant({ kind: 'fwmark' as const, mark: 7, family: 4 as const }),
      ),
      onePacket: fc.boolean(),
      persistence: fc.record({ timeoutS: fc.integer({ min: 1, max: 86_400 }) }),
    },
    { requiredKeys: ['address', 'onePacket'] },
  ),
  forwarding: fc.constantFrom('masq' as const, 'route' as const, 'tunnel' as const),
  counts: fc.record({ activeConn: many, inActConn: many, persistConn: many }),
  perSecond: fc.option(fc.double({ min: 0.01, max: 1e6, noNaN: true }), { nil: undefined }),
  timeouts: fc.record({
    tcpS: fc.integer({ min: 1, max: 7_200 }),
    tcpFinS: fc.integer({ min: 1, max: 600 }),
    udpS: fc.integer({ min: 1, max: 600 }),
  }),
  templatesExpire: fc.boolean(),
  schedule: fc
    .record({
      overMs: fc.constantFrom(0, 1_000, 300_000, 3_600_000),
      everyMs: fc.constantFrom(1_000, 15_000),
      curve: fc.constantFrom('linear' as const, 's-curve' as const, 'exponential' as const),
    })
    .map(rampSchedule),
  settleMs: fc.constantFrom(0, 5_000),
});

/** How long at the least, for estimates that can be compared; what cannot be told is longest. */
const ms = (estimate: DrainEstimate): number =>
  estimate.kind === 'unknown' ? Number.POSITIVE_INFINITY : estimate.ms;

describe('the estimate of a drain', () => {
  it('is the worked example', () => {
    expect(estimateDrain(steady)).toEqual({
      kind: 'about',
      ms: 9_019,
      openAtEnd: 50.5,
      meanLifeMs: 2_000,
    });
  });

  it('is about the longest of N exponential lives when all are open at the end', () => {
    // 2 s * (ln 200 + 0.58) = 11.75 s
    const estimate = estimateDrain({ ...steady, schedule: linear(0, 1) });
    expect(ms(estimate)).toBeGreaterThan(11_700);
    expect(ms(estimate)).toBeLessThan(11_800);
  });

  it.each<[string, Partial<OldServer>, Partial<DrainEstimate>]>([
    [
      'settling alone without connections',
      { ...counts(0), settleMs: 5_000 },
      { kind: 'about', ms: 5_000 },
    ],
    [
      'unknown where connections are open and none comes',
      { perSecond: 0 },
      { kind: 'unknown', open: 200 },
    ],
    ['unknown where no rate is known', { perSecond: undefined }, { kind: 'unknown', open: 200 }],
    [
      'the tcpfin timeout longer with direct routing',
      { forwarding: 'route' },
      { kind: 'about', ms: 129_019 },
    ],
    [
      'the tcpfin timeout with direct routing for the last that has ended',
      { forwarding: 'tunnel', ...counts(0, 40) },
      { kind: 'about', ms: 120_000 },
    ],
    [
      'the udp timeout for flows of one packet, 100 a second of which stay 300 s',
      { service: { address: address('udp'), onePacket: false }, ...counts(0, 30_000) },
      { kind: 'about', ms: 300_000, openAtEnd: 0 },
    ],
    [
      'nothing for a server of UDP or direct routing that nobody uses',
      { forwarding: 'route', ...counts(0), perSecond: undefined },
      { kind: 'about', ms: 0 },
    ],
    [
      'nothing for one-packet scheduling, which leaves no entry',
      { service: { address: address('udp'), onePacket: true }, ...counts(0, 0) },
      { kind: 'about', ms: 0 },
    ],
    [
      'open-ended while templates are followed',
      { service: { ...steady.service, persistence: { timeoutS: 360 } } },
      { kind: 'at-least', ms: 360_000, persistenceS: 360 },
    ],
    [
      'that of a switch where the sysctl lets templates go, as the ramp does not move their clients',
      { service: { ...steady.service, persistence: { timeoutS: 360 } }, templatesExpire: true },
      { kind: 'about', openAtEnd: 200 },
    ],
  ])('is %s', (_, change, estimate) => {
    expect(estimateDrain({ ...steady, ...change })).toMatchObject(estimate);
  });

  it('is never negative, and no longer than all lives and timeouts in a row', () => {
    fc.assert(
      fc.property(oldServer, (old) => {
        const estimate = estimateDrain(old);
        if (estimate.kind === 'unknown') {
          expect(estimate.open).toBeGreaterThan(0);
          return;
        }
        const { activeConn, inActConn } = old.counts;
        const open = activeConn + inActConn;
        const lifeMs = (1_000 * open) / (old.perSecond ?? 1);
        const { tcpFinS, udpS } = old.timeouts;
        const lastingS = tcpFinS + udpS + (old.service.persistence?.timeoutS ?? 0);
        const longestMs = lifeMs * Math.log(1 + 1.78 * open) + lastingS * 1_000 + old.settleMs;
        expect(estimate.ms).toBeGreaterThanOrEqual(0);
        expect(estimate.ms).toBeLessThanOrEqual(longestMs + 1);
      }),
    );
  });

  it('never falls when more connections are open at the same rate', () => {
    fc.assert(
      fc.property(oldServer, many, (old, more) => {
        const { activeConn, inActConn, persistConn } = old.counts;
        const fuller = { ...old, ...counts(activeConn + more, inActConn + more, persistConn) };
        expect(ms(estimateDrain(fuller))).toBeGreaterThanOrEqual(ms(estimateDrain(old)));
      }),
    );
  });

  it('never rises when as many connections come faster, because each is shorter', () => {
    fc.assert(
      fc.property(oldServer, fc.double({ min: 1, max: 100, noNaN: true }), (old, times) => {
        fc.pre(old.perSecond !== undefined);
        const faster = { ...old, perSecond: (old.perSecond ?? 0) * times };
        expect(ms(estimateDrain(faster))).toBeLessThanOrEqual(ms(estimateDrain(old)) + 1);
      }),
    );
  });

  it('never rises with a longer ramp of the same shape', () => {
    fc.assert(
      fc.property(oldServer, fc.integer({ min: 1, max: 20 }), (old, times) => {
        const schedule = old.schedule.map((step) => ({ ...step, atMs: step.atMs * times }));
        expect(ms(estimateDrain({ ...old, schedule }))).toBeLessThanOrEqual(
          ms(estimateDrain(old)) + 1,
        );
      }),
    );
  });
});

describe('what is open at the end of a ramp', () => {
  it('is everything after a switch, and never more than was open', () => {
    expect(openAtEnd(7, 1_000, linear(0, 1))).toBe(7);
    fc.assert(
      fc.property(oldServer, fc.double({ min: 1, max: 1e9, noNaN: true }), (old, lifeMs) => {
        const left = openAtEnd(100, lifeMs, old.schedule);
        expect(left).toBeGreaterThanOrEqual(0);
        expect(left).toBeLessThanOrEqual(100 + 1e-9);
      }),
    );
  });

  it('is 68 % of lives of 10 s when half moves 10 s before the end', () => {
    const schedule = [
      { atMs: 0, fraction: 0.5 },
      { atMs: 10_000, fraction: 1 },
    ];
    expect(openAtEnd(100, 10_000, schedule)).toBeCloseTo(68.4, 1);
  });
});
