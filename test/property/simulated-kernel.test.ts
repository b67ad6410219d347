import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ServiceKey } from '../../src/domain/address.ts';
import {
  createSimulatedIpvsadm,
  type Simulation,
} from '../../src/ipvs/simulated/simulated-director.ts';
import type { Ending } from '../../src/ipvs/simulated/traffic/flow.ts';

const services = ['-t 10.0.0.100:80', '-u 10.0.0.100:53', '-t 10.0.0.100:0'] as const;
const target = (protocol: 'tcp' | 'udp', port: number) =>
  ({ protocol, address: '10.0.0.100', port }) as const;

const traffic = (
  [
    ['tcp/10.0.0.100:80', target('tcp', 80)],
    ['udp/10.0.0.100:53', target('udp', 53)],
    ['tcp/10.0.0.100:0', target('tcp', 8_080)],
  ] as const
).map(([service, to]) => ({
  service: service as ServiceKey,
  target: to,
  perSecond: 20,
  arrivals: 'poisson' as const,
  lifeMs: 5_000,
  longLived: { share: 0.1, lifeMs: 100_000 },
  endings: (['client-fin', 'server-fin', 'reset', 'half-closed', 'vanish'] satisfies Ending[]).map(
    (ending) => ({ ending, share: 1 }),
  ),
  clients: 5,
  portsPerClient: 50,
  packetEveryMs: 3_000,
}));

const server = fc.constantFrom('10.0.0.1', '10.0.0.2', '10.0.0.3');
const service = fc.constantFrom(...services);
const weight = fc.nat(10);
const thresholds = fc.constantFrom('', ' -x 30', ' -x 30 -y 10');
const scheduler = fc.constantFrom('wrr', 'rr', 'wlc', 'lc', 'sed', 'nq', 'fo', 'ovf', 'sh');

const command = fc.oneof(
  fc
    .tuple(fc.constantFrom('-a', '-e'), service, server, weight, thresholds)
    .map(([edit, of, at, to, limits]) => `${edit} ${of} -r ${at} -m -w ${to}${limits}`),
  fc.tuple(service, server).map(([of, at]) => `-d ${of} -r ${at}`),
  fc
    .tuple(fc.constantFrom('-A', '-E', '-E'), service, scheduler)
    .map(([edit, of, name]) => `${edit} ${of} -s ${name}${of.endsWith(':0') ? ' -p 20' : ''}`),
  service.map((of) => `-D ${of}`),
  fc.constantFrom('-C', '-Z', '--set 60 30 40'),
);

const steps = fc.array(fc.tuple(command, fc.integer({ min: 0, max: 30_000 })), { maxLength: 25 });

const sysctl = fc.record({
  connReuseMode: fc.constantFrom(0 as const, 1 as const, 2 as const),
  expireNodestConn: fc.constantFrom(0 as const, 1 as const),
  expireQuiescentTemplate: fc.constantFrom(0 as const, 1 as const),
});

const table = services
  .flatMap((of) => [
    `-A ${of} -s wrr${of.endsWith(':0') ? ' -p 20' : ''}`,
    `-a ${of} -r 10.0.0.1 -m -w 1`,
    `-a ${of} -r 10.0.0.2 -m -w 2`,
  ])
  .join('\n');

/** ActiveConn, InActConn and PersistConn of every server, recounted from the entries. */
function recount({ kernel }: Simulation): Map<unknown, [number, number, number]> {
  const counts = new Map<unknown, [number, number, number]>();
  const of = (counted: unknown): [number, number, number] => {
    const known = counts.get(counted) ?? [0, 0, 0];
    counts.set(counted, known);
    return known;
  };
  for (const { server: at, state } of kernel.connections.entries()) {
    of(at)[state === 'ESTABLISHED' || state === 'SYN_RECV' || state === 'SYN_SENT' ? 0 : 1]++;
  }
  for (const { server: at } of kernel.connections.templates.entries()) of(at)[2]++;
  return counts;
}

function run(
  given: readonly (readonly [string, number])[],
  options: Partial<Parameters<typeof createSimulatedIpvsadm>[0]>,
  check: (sim: Simulation) => void = () => {},
): Simulation {
  const sim = createSimulatedIpvsadm({ seed: 1, startMs: 0, table, traffic, ...options });
  for (const [line, pauseMs] of given) {
    sim.ipvsadm(line.split(' '));
    sim.kernel.wheel.advanceTo(sim.kernel.wheel.nowMs + pauseMs);
    check(sim);
  }
  return sim;
}

test('the counters are never negative and always those of the entries', () => {
  fc.assert(
    fc.property(steps, sysctl, (given, settings) => {
      run(given, { sysctl: settings }, (sim) => {
        const expected = recount(sim);
        for (const { servers } of sim.kernel.table.services) {
          for (const listed of servers) {
            const { activeConn, inActConn, persistConn } = listed;
            const counted = expected.get(listed) ?? [0, 0, 0];
            expect([activeConn, inActConn, persistConn]).toEqual(counted);
          }
        }
      });
    }),
    { numRuns: 60 },
  );
});

test('the same seed and commands give the same traffic, another seed another one', () => {
  fc.assert(
    fc.property(steps, fc.nat(), (given, seed) => {
      const picture = (sim: Simulation) => [
        sim.ipvsadm(['-Ln', '--stats']),
        sim.ipvsadm(['-Lnc']),
        sim.statistics,
      ];
      expect(picture(run(given, { seed }))).toEqual(picture(run(given, { seed })));
    }),
    { numRuns: 20 },
  );
  const entries = (seed: number) => run([['-Z', 5_000]], { seed }).ipvsadm(['-Lnc']);
  expect(entries(1)).not.toEqual(entries(2));
});

test('an edit that is refused changes nothing', () => {
  fc.assert(
    fc.property(steps, command, (given, last) => {
      const sim = run(given, { traffic: [] });
      const before = [sim.ipvsadm(['-Sn']), sim.ipvsadm(['-Ln', '--thresholds'])];
      const answer = sim.ipvsadm(last.split(' '));
      fc.pre(answer.kind === 'exited' && answer.exitCode !== 0);
      expect([sim.ipvsadm(['-Sn']), sim.ipvsadm(['-Ln', '--thresholds'])]).toEqual(before);
    }),
  );
});

test('what -S prints restores the table', () => {
  fc.assert(
    fc.property(steps, (given) => {
      const saved = run(given, { traffic: [] }).ipvsadm(['-Sn']);
      const text = saved.kind === 'exited' ? saved.stdout : '';
      const restored = createSimulatedIpvsadm({ seed: 1, table: text });
      expect(restored.ipvsadm(['-Sn'])).toEqual(saved);
    }),
  );
});
