import { parseServerName, serviceKey } from '../src/domain/address.ts';
import { createDirector } from '../src/ipvs/director.ts';
import { buildPlan } from '../src/planner/build-plan.ts';
import { type Haproxy, startHaproxy } from '../test/support/haproxy.ts';
import type { Lab } from '../test/support/lab/lab.ts';
import { labRunner } from '../test/support/lab-ipvsadm.ts';
import type { Benchmark, BenchRow } from './benchmark.ts';
import { type LabMeasurement, labBenchmark } from './in-lab.ts';
import {
  address,
  deliver,
  ports,
  rowsOf,
  servers,
  serviceRules,
  setPercentages,
  setWeights,
  type Way,
  type WeightPair,
} from './ramp-ways.ts';
import { type DeliveredStep, hundredths } from './share-error.ts';

/** Each way of going through the steps in its turn at each of them, with connections one by one. */
export const measureShares: LabMeasurement = async (lab, { size, note }) => {
  const started = await startHaproxy(lab, { address, port: ports.haproxy, servers });
  if (started.kind === 'unavailable') note(`without HAProxy, because ${started.reason}`);
  const haproxy = started.kind === 'running' ? started.haproxy : undefined;
  const rows: BenchRow[] = [];
  for (const { steps, perStep } of size === 'small' ? small : full) {
    const delivered = await deliverRamp(lab, haproxy, steps, perStep);
    const judging = { scripted: 'wrr in hundredths', most: 1, judged: size === 'full' };
    rows.push(...rowsOf(`${steps} steps of ${perStep}`, delivered, judging));
    note(`${steps} steps of ${perStep} connections: done`);
  }
  return rows;
};

/** The shares that are delivered, step by step, against those that are meant. */
export const shares: Benchmark = labBenchmark(
  { name: 'shares', about: 'connections of a step that go to the wrong server, on a real kernel' },
  measureShares,
);

const full = [
  ...[5, 10, 14, 20, 100, 1_000].map((perStep) => ({ steps: 20, perStep })),
  // Not a whole number of hundredths each.
  ...[5, 10, 20, 100].map((perStep) => ({ steps: 30, perStep })),
];
const small = [{ steps: 3, perStep: 5 }];

async function deliverRamp(
  lab: Lab,
  haproxy: Haproxy | undefined,
  steps: number,
  perStep: number,
): Promise<ReadonlyMap<Way, readonly DeliveredStep[]>> {
  await lab.setTable(...[ports.drain, ports.scripted].flatMap(serviceRules));
  const planned = await planOf(lab, steps, perStep);
  const scripted = hundredths(steps);
  const ways: [Way, (step: number) => Promise<void>][] = [
    ['drain', (step) => setWeights(lab, ports.drain, planned[step - 1], planned[step])],
    ['scripted', (step) => setWeights(lab, ports.scripted, scripted[step - 1], scripted[step])],
  ];
  if (haproxy) ways.push(['haproxy', (step) => setPercentages(haproxy, scripted[step])]);
  const delivered = new Map(ways.map(([way]) => [way, [] as DeliveredStep[]]));
  for (let step = 0; step <= steps; step++) {
    const meant = { intended: step / steps, connections: perStep };
    for (const [way, goTo] of ways) {
      await goTo(step);
      delivered.get(way)?.push(await deliver(lab, way, meant));
    }
  }
  return delivered;
}

/** The weights that drain chooses where the kernel's estimate is so many connections a step. */
async function planOf(lab: Lab, steps: number, perStep: number): Promise<readonly WeightPair[]> {
  const service = serviceKey({ kind: 'address', protocol: 'tcp', address, port: ports.drain });
  const from = parseServerName(servers.rs1);
  const to = parseServerName(servers.rs2);
  const director = createDirector({ name: 'lab', runner: labRunner(lab) });
  const listed = await director.snapshot();
  if (!listed.ok || !from || !to) throw new Error('the lab has no table to plan with');
  const snapshot = { ...listed.value, connectionsPerSecond: new Map([[service, perStep]]) };
  const { plan, diagnostics } = buildPlan(
    {
      from: [from],
      to: [{ name: to }],
      services: [service],
      ramp: { overMs: steps * 1_000, everyMs: 1_000, curve: 'linear' },
      policy: {
        drainTimeoutMs: 60_000,
        settleMs: 1_000,
        pollMs: 1_000,
        onTimeout: 'hold',
        onFailure: 'hold',
        onInterrupt: 'hold',
        keep: true,
      },
    },
    [{ director: 'lab', snapshot }],
  );
  const planned = plan?.directors[0]?.services[0];
  if (!planned) throw new Error(JSON.stringify(diagnostics));
  return planned.steps.map(([old = 0, added = 0]) => [old, added]);
}
