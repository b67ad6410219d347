import type { ServiceKey } from '../../src/domain/address.ts';
import type { TrafficSpec } from '../../src/ipvs/simulated/traffic/traffic-source.ts';
import { target } from './simulated-ipvs.ts';

/** 50 short connections a second to tcp/10.0.0.100:80, evenly spaced. */
export const busyTraffic: TrafficSpec = {
  service: 'tcp/10.0.0.100:80' as ServiceKey,
  target,
  perSecond: 50,
  arrivals: 'even',
  lifeMs: 500,
  endings: [{ ending: 'client-fin', share: 1 }],
  clients: 100,
  portsPerClient: 20_000,
  packetEveryMs: 1_000,
};

/** Little enough for thousands of runs, and every fourth connection is closed on one side first. */
export const thinTraffic: TrafficSpec = {
  ...busyTraffic,
  perSecond: 4,
  lifeMs: 800,
  endings: [
    { ending: 'client-fin', share: 3 },
    { ending: 'half-closed', share: 1 },
  ],
  packetEveryMs: 500,
};
