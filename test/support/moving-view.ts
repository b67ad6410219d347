import { type ServiceKey, serverKey } from '../../src/domain/address.ts';
import type { ServerMeasurement, ServiceMeasurement } from '../../src/domain/ipvs/measurement.ts';
import type { View } from '../../src/serve/view/view.ts';
import { measuredServer, measuredService, type OneDirector, rolloutView, viewOf } from './views.ts';

const traffic = { inPacketsPerS: 9, outPacketsPerS: 9, inBytesPerS: 900, outBytesPerS: 900 };
const rate = (connectionsPerS: number) => ({ connectionsPerS, ...traffic });

export const key = (last: number, port = 80): ServiceKey =>
  `tcp/10.0.0.${last}:${port}` as ServiceKey;

/** A service with servers 10.N.0.1, 10.N.0.2, … that all do the same. */
export function plainService(
  nth: number,
  amount: number,
  more: (index: number) => Partial<ServerMeasurement> = () => ({}),
): ServiceMeasurement {
  const servers = Array.from({ length: amount }, (_, index) =>
    measuredServer(`10.${nth % 250}.${index >> 8}.${(index & 255) + 1}`, {
      weight: 10,
      activeConn: 20 + ((index * 7 + nth) % 13),
      inActConn: 5,
      rates: rate(3),
      ...more(index),
    }),
  );
  return measuredService(servers, {
    key: `tcp/10.200.${nth >> 8}.${nth & 255}:443` as ServiceKey,
    scheduler: nth % 3 === 0 ? 'wlc' : 'wrr',
    ...(nth % 4 === 0 ? { persistence: { timeoutS: 300 } } : {}),
    rates: rate(3 * amount),
  });
}

/**
 * A rollout of 10 steps from 10.0.1.1 to 10.0.1.2, one step a second from `startedAtMs` on; at step 10
 * the old server drains, and 5 s later it is gone and the rollout done.
 */
export function movingView(startedAtMs: number, nowMs: number, more: OneDirector = {}): View {
  const elapsedS = Math.floor((nowMs - startedAtMs) / 1_000);
  const step = Math.min(10, elapsedS);
  const moved = step / 10;
  const isOver = elapsedS >= 15;
  const left = Math.max(0, Math.round(180 * (1 - moved) + (elapsedS < 15 ? 15 - elapsedS : 0)));
  const servers = [
    ...(isOver
      ? []
      : [
          measuredServer('10.0.1.1', {
            weight: 100 - 10 * step,
            activeConn: left,
            inActConn: left >> 1,
            rates: rate(Math.round(60 * (1 - moved))),
          }),
        ]),
    measuredServer('10.0.1.2', {
      weight: 10 * step,
      activeConn: 18 * step,
      inActConn: 4 * step,
      rates: rate(Math.round(60 * moved)),
    }),
    measuredServer('10.0.1.3', { weight: 50, activeConn: 91, inActConn: 12, rates: rate(30) }),
  ];
  const service = measuredService(servers, { key: key(100), rates: rate(90 + (elapsedS % 4)) });
  const calm = plainService(3, 4, (index) => (index === 2 ? { weight: 0, rates: rate(0) } : {}));
  const spentMs = { ramp: 1_000 * step, pause: 0, drain: 0, return: 0, stopped: 0 };
  return viewOf({
    atMs: nowMs,
    director: 'lb1',
    table: {
      kind: 'up',
      listedMs: 10,
      table: { ipvsVersion: '1.2.1', connectionTableSize: 4_096, services: [service, calm] },
    },
    host: {
      sysctls: new Map(),
      softnet: { processed: 9_000, dropped: 0, timeSqueezed: 0 },
      conntrack: { entries: 1_203, maxEntries: 262_144 },
    },
    rollouts: [
      rolloutView({
        standing: isOver ? 'done' : 'running',
        phase: step === 10 ? 'draining' : 'ramping',
        from: ['10.0.1.1'],
        to: ['10.0.1.2'],
        step,
        of: 10,
        movedFraction: moved,
        startedAtMs,
        untilMs: nowMs,
        left: isOver
          ? {}
          : step === 10
            ? { drainAtMostMs: 600_000 - 1_000 * (elapsedS - 10), onTimeout: 'hold' }
            : { rampMs: 10_000 - 1_000 * step },
        spentMs: { ...spentMs, drain: Math.max(0, elapsedS - 10) * 1_000 },
        gates: { passed: 2 * step, failed: 0 },
        lastGates: [
          { gate: 'http http://10.0.1.2:80/healthz', passed: true },
          { gate: 'prometheus error_rate <= 0.01', passed: true },
        ],
        services: [
          {
            director: 'lb1',
            service: key(100),
            servers: [
              { server: '10.0.1.1:80', role: 'old' },
              { server: '10.0.1.2:80', role: 'new' },
              { server: '10.0.1.3:80', role: 'bystander' },
            ],
            shareOf: 'new',
            plannedShare: Array.from({ length: step + 1 }, (_, index) => ({
              atMs: startedAtMs + 1_000 * index,
              share: (10 * index) / 150,
            })),
          },
        ],
        message: isOver ? '10.0.1.1:80 is empty and removed' : '',
      }),
    ],
    out: [
      {
        service: calm.key,
        server: serverKey('10.3.0.3', 80),
        reason: 'operator',
        sinceMs: nowMs - 3_600_000,
      },
    ],
    ...more,
  });
}

/** Two directors, lb1 and lb2, with the same services, and the rollout on both of them. */
export function movingPair(startedAtMs: number, nowMs: number, other: OneDirector = {}): View {
  const [first, second] = [movingView(startedAtMs, nowMs), movingView(startedAtMs, nowMs, other)];
  const lb2 = second.directors.map((one) => ({ ...one, director: 'lb2', out: [] }));
  return {
    ...first,
    directors: [...first.directors, ...lb2],
    rollouts: first.rollouts.map((rollout) => ({
      ...rollout,
      services: ['lb1', 'lb2'].flatMap((director) =>
        rollout.services.map((service) => ({ ...service, director })),
      ),
    })),
  };
}
