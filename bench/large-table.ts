import { parseServiceKey, type ServiceKey, serverKey } from '../src/domain/address.ts';
import type { RealServer, Snapshot, VirtualService } from '../src/domain/ipvs/ipvs.ts';
import type { DrainRequest } from '../src/domain/rollout/plan.ts';

export interface TableSize {
  readonly services: number;
  readonly servers: number;
}

/** Services that all have the same real servers, the first of which is to go and the second to stay. */
export function largeTable({ services, servers }: TableSize): Snapshot {
  return {
    services: Array.from({ length: services }, (_, index) => serviceOf(index, servers)),
    samples: new Map(),
    timeouts: { tcpS: 900, tcpFinS: 120, udpS: 300 },
  };
}

function serviceOf(index: number, servers: number): VirtualService {
  const key = `tcp/10.${128 + (index >> 8)}.${index & 255}.1:80` as ServiceKey;
  const address = parseServiceKey(key);
  if (!address) throw new Error(`${key} is no service`);
  return {
    key,
    address,
    scheduler: 'wrr',
    schedulerFlags: [],
    onePacket: false,
    // Capacities differ, also from service to service, so that no small scale fits by chance.
    servers: Array.from({ length: servers }, (_, at) =>
      realServer(at, 90 + ((7 * at + 3 * index) % 23)),
    ),
  };
}

function realServer(at: number, weight: number): RealServer {
  const address = `10.0.2.${11 + at}`;
  return {
    key: serverKey(address, 8_080),
    address,
    port: 8_080,
    forwarding: 'masq',
    weight,
    upperThreshold: 0,
    lowerThreshold: 0,
  };
}

/** The first real server's traffic goes to the second, in so many steps a second apart. */
export const requestOver = (steps: number): DrainRequest => ({
  from: [{ address: '10.0.2.11' }],
  to: [{ name: { address: '10.0.2.12' } }],
  ramp: { overMs: 1_000 * steps, everyMs: 1_000, curve: 'linear' },
  policy: {
    drainTimeoutMs: 600_000,
    settleMs: 5_000,
    pollMs: 1_000,
    onTimeout: 'hold',
    onFailure: 'rollback',
    onInterrupt: 'hold',
    keep: false,
  },
});
