import type { ServiceKey } from '../../../domain/address.ts';
import type { SimulationOptions } from '../simulated-director.ts';

/**
 * The scenario of `drain demo` and a bare `--director sim`: blue 10.0.0.1 with four fifths of 100
 * connections a second, a bystander with the rest, and green 10.0.0.2 still to come. A fiftieth of
 * the connections lives for half a minute to a minute and a half: the tail of the drain.
 * `plans/sim-blue-green.yaml` says the same as a file.
 */
export const demoScenario: SimulationOptions = {
  seed: 1,
  speed: 40,
  warmUpMs: 180_000,
  table: `-A -t 10.0.0.100:80 -s wrr
-a -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 100
-a -t 10.0.0.100:80 -r 10.0.0.3:80 -m -w 25
`,
  sysctl: { connReuseMode: 1, expireNodestConn: 0, expireQuiescentTemplate: 0 },
  traffic: [
    {
      service: 'tcp/10.0.0.100:80' as ServiceKey,
      target: { protocol: 'tcp', address: '10.0.0.100', port: 80 },
      perSecond: 100,
      arrivals: 'poisson',
      lifeMs: 2_000,
      longLived: { share: 0.02, lifeMs: 60_000 },
      endings: [
        { ending: 'client-fin', share: 80 },
        { ending: 'server-fin', share: 18 },
        { ending: 'reset', share: 2 },
      ],
      clients: 250,
      portsPerClient: 28_232,
      packetEveryMs: 5_000,
    },
  ],
};
