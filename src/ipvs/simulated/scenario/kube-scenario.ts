import type { ServiceKey } from '../../../domain/address.ts';
import type { SimulationOptions } from '../simulated-director.ts';

const nodes = [1, 2, 3, 4, 5, 6].map(
  (n) => `-a -t 203.0.113.10:80 -r 10.0.0.${n}:30080 -m -w 100\n`,
);

/**
 * The scenario of `drain demo kube`: six nodes behind a director, with 120 connections a second, of which a
 * fiftieth lives for ten seconds to half a minute: the tail of each drain.
 */
export const kubeScenario: SimulationOptions = {
  seed: 1,
  speed: 30,
  warmUpMs: 90_000,
  table: `-A -t 203.0.113.10:80 -s wrr\n${nodes.join('')}`,
  sysctl: { connReuseMode: 1, expireNodestConn: 0, expireQuiescentTemplate: 1 },
  traffic: [
    {
      service: 'tcp/203.0.113.10:80' as ServiceKey,
      target: { protocol: 'tcp', address: '203.0.113.10', port: 80 },
      perSecond: 120,
      arrivals: 'poisson',
      lifeMs: 1_500,
      longLived: { share: 0.02, lifeMs: 20_000 },
      endings: [
        { ending: 'client-fin', share: 80 },
        { ending: 'server-fin', share: 20 },
      ],
      clients: 250,
      portsPerClient: 28_232,
      packetEveryMs: 5_000,
    },
  ],
};
