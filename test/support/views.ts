import { type ServiceKey, serverKey } from '../../src/domain/address.ts';
import type { ServerMeasurement, ServiceMeasurement } from '../../src/domain/ipvs/measurement.ts';
import type { RolloutView } from '../../src/serve/view/rollout-view.ts';
import type { DirectorView, View } from '../../src/serve/view/view.ts';

const totals = { connections: 14, inPackets: 51, outPackets: 32, inBytes: 2_764, outBytes: 1_832 };
const rates = {
  connectionsPerS: 1,
  inPacketsPerS: 5,
  outPacketsPerS: 3,
  inBytesPerS: 259,
  outBytesPerS: 172,
};

export const measuredServer = (
  address: string,
  more: Partial<ServerMeasurement> = {},
): ServerMeasurement => ({
  key: serverKey(address, more.port ?? 80),
  address,
  port: 80,
  forwarding: 'masq',
  weight: 1,
  activeConn: 0,
  inActConn: 0,
  persistConn: 0,
  upperThreshold: 0,
  lowerThreshold: 0,
  totals,
  rates,
  ...more,
});

export const measuredService = (
  servers: readonly ServerMeasurement[],
  more: Partial<ServiceMeasurement> = {},
): ServiceMeasurement => ({
  key: 'tcp/10.0.0.100:80' as ServiceKey,
  address: { kind: 'address', protocol: 'tcp', address: '10.0.0.100', port: 80 },
  scheduler: 'wrr',
  schedulerFlags: [],
  onePacket: false,
  totals,
  rates,
  servers,
  ...more,
});

export const rolloutView = (more: Partial<RolloutView> = {}): RolloutView => ({
  rollout: '20260101-000000-abcd',
  standing: 'running',
  commands: ['drain pause 20260101-000000-abcd', 'drain rollback 20260101-000000-abcd'],
  ways: [],
  left: { rampMs: 150_000 },
  phase: 'ramping',
  from: ['10.0.0.1:80'],
  to: ['10.0.0.2:80'],
  step: 5,
  of: 20,
  movedFraction: 0.25,
  startedAtMs: 1_000_000,
  untilMs: 1_060_000,
  spentMs: { ramp: 50_000, pause: 10_000, drain: 0, return: 0, stopped: 0 },
  gates: { passed: 5, failed: 1 },
  lastGates: [{ gate: 'gate-http "http://x/"', passed: true }],
  services: [
    {
      director: 'local',
      service: 'tcp/10.0.0.100:80',
      servers: [{ server: '10.0.0.1:80', role: 'old' }],
      shareOf: 'new',
      plannedShare: [{ atMs: 1_000_000, share: 0.25 }],
    },
  ],
  message: '',
  ...more,
});

/** A director that is up, with one service of two servers. */
export const directorView = (more: Partial<DirectorView> = {}): DirectorView => ({
  director: 'local',
  table: {
    kind: 'up',
    listedMs: 12,
    table: {
      ipvsVersion: '1.2.1',
      connectionTableSize: 4_096,
      services: [
        measuredService([
          measuredServer('10.0.0.1', { activeConn: 7, inActConn: 5, upperThreshold: 100 }),
          measuredServer('10.0.0.2', { weight: 0 }),
        ]),
      ],
    },
  },
  host: { sysctls: new Map([['drop_entry', 0]]) },
  out: [],
  fallbacks: [],
  guards: [],
  counts: { listings: 3, failedListings: 0 },
  ...more,
});

export type OneDirector = Partial<Omit<View, 'directors'> & DirectorView>;

/** Of one director. */
export const viewOf = ({
  director,
  table,
  host,
  out,
  counts,
  fallbacks,
  guards,
  ...more
}: OneDirector = {}): View =>
  viewOfAll(
    [
      directorView({
        ...(director === undefined ? {} : { director }),
        ...(table ? { table } : {}),
        ...(host ? { host } : {}),
        ...(out ? { out } : {}),
        ...(counts ? { counts } : {}),
        ...(fallbacks ? { fallbacks } : {}),
        ...(guards ? { guards } : {}),
      }),
    ],
    more,
  );

export const viewOfAll = (
  directors: readonly DirectorView[],
  more: Partial<Omit<View, 'directors'>> = {},
): View => ({
  atMs: 1_060_000,
  directors,
  rollouts: [],
  failedStoreReads: 0,
  readMs: 20,
  ...more,
});

/** With everything in it that there can be a metric of. */
export function fullView(): View {
  const servers = [
    measuredServer('10.0.0.1', { persistConn: 2, upperThreshold: 100, lowerThreshold: 50 }),
  ];
  const service = measuredService(servers, { persistence: { timeoutS: 300 } });
  return viewOf({
    table: {
      kind: 'up',
      listedMs: 12,
      table: { ipvsVersion: '1.2.1', connectionTableSize: 4_096, services: [service] },
    },
    host: {
      traffic: totals,
      softnet: { processed: 9, dropped: 1, timeSqueezed: 2 },
      conntrack: { entries: 1, maxEntries: 9, dropped: 2, insertFailed: 3, earlyDropped: 4 },
      connectionSlab: { activeObjects: 12, objects: 28, objectBytes: 288 },
      sysctls: new Map([['drop_entry', 0]]),
    },
    rollouts: [rolloutView(), rolloutView({ rollout: 'b', standing: 'done' })],
    out: [
      {
        service: service.key,
        server: serverKey('10.0.0.1', 80),
        reason: 'health',
        sinceMs: 1_000_000,
      },
    ],
  });
}
