import fc from 'fast-check';
import { type ServiceAddress, serverKey, serviceKey } from '../../src/domain/address.ts';
import type { RealServer, Snapshot, VirtualService } from '../../src/domain/ipvs/ipvs.ts';

export function realServer(
  address: string,
  weight: number,
  more: Partial<RealServer> = {},
): RealServer {
  const port = more.port ?? 80;
  return {
    key: serverKey(address, port),
    address,
    port,
    forwarding: 'masq',
    weight,
    upperThreshold: 0,
    lowerThreshold: 0,
    ...more,
  };
}

export function wrrService(
  servers: readonly RealServer[],
  more: Partial<VirtualService> = {},
): VirtualService {
  const address: ServiceAddress = more.address ?? {
    kind: 'address',
    protocol: 'tcp',
    address: '10.0.0.100',
    port: 80,
  };
  return {
    key: serviceKey(address),
    address,
    scheduler: 'wrr',
    schedulerFlags: [],
    onePacket: false,
    servers,
    ...more,
  };
}

export function snapshotOf(
  services: readonly VirtualService[],
  connectionsPerSecond = new Map<VirtualService['key'], number>(),
): Snapshot {
  return {
    services,
    samples: new Map(),
    timeouts: { tcpS: 900, tcpFinS: 120, udpS: 300 },
    connectionsPerSecond,
  };
}

/** A service, who is old and new in it, how fast its connections come and how the ramp goes. */
export interface RampCase {
  readonly old: readonly number[];
  /** Weight in the table before, or null for a server that is to be added; and its share. */
  readonly new: readonly { readonly weight: number | null; readonly share: number | undefined }[];
  readonly bystanders: readonly number[];
  readonly rate: number;
  readonly curve: 'linear' | 's-curve' | 'exponential';
  readonly percentages: readonly number[] | undefined;
  readonly overMs: number;
  readonly steps: number;
}

const weight = fc.oneof(
  fc.integer({ min: 0, max: 10 }),
  fc.integer({ min: 0, max: 300 }),
  fc.constantFrom(1, 50, 100, 1_000, 4_096),
);

export const rampCase: fc.Arbitrary<RampCase> = fc
  .record({
    old: fc.array(weight, { minLength: 1, maxLength: 4 }),
    new: fc.array(
      fc.record({
        weight: fc.option(weight, { nil: null }),
        share: fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined }),
      }),
      { minLength: 1, maxLength: 4 },
    ),
    bystanders: fc.array(weight, { maxLength: 5 }),
    rate: fc.constantFrom(0, 1, 7, 50, 1_000),
    curve: fc.constantFrom('linear' as const, 's-curve' as const, 'exponential' as const),
    percentages: fc.option(
      fc
        .uniqueArray(fc.integer({ min: 1, max: 99 }), { maxLength: 6 })
        .map((list) => [...list.sort((a, b) => a - b), 100]),
      { nil: undefined },
    ),
    overMs: fc.constantFrom(0, 10_000, 300_000, 3_600_000),
    steps: fc.integer({ min: 1, max: 60 }),
  })
  .filter(({ old }) => old.some((one) => one > 0));

export const oldAddress = (index: number): string => `10.0.1.${index + 1}`;
export const newAddress = (index: number): string => `10.0.2.${index + 1}`;
export const bystanderAddress = (index: number): string => `10.0.3.${index + 1}`;

/** The table of a case before the rollout. */
export function tableOf(ramp: RampCase): Snapshot {
  const service = wrrService([
    ...ramp.old.map((one, i) => realServer(oldAddress(i), one)),
    ...ramp.new.flatMap((one, i) =>
      one.weight === null ? [] : [realServer(newAddress(i), one.weight)],
    ),
    ...ramp.bystanders.map((one, i) => realServer(bystanderAddress(i), one)),
  ]);
  return snapshotOf([service], new Map([[service.key, ramp.rate]]));
}
