import { parseServerName, serviceKey } from '../src/domain/address.ts';
import { createDirector } from '../src/ipvs/director.ts';
import { buildPlan } from '../src/planner/build-plan.ts';
import { type Haproxy, startHaproxy } from '../test/support/haproxy.ts';
import type { Lab } from '../test/support/lab/lab.ts';
import { virtualAddresses } from '../test/support/lab/topology.ts';
import { labRunner } from '../test/support/lab-ipvsadm.ts';
import type { Benchmark, BenchRow } from './benchmark.ts';
import { type LabMeasurement, labBenchmark } from './in-lab.ts';
import { type DeliveredStep, hundredths, type ShareError, shareError } from './share-error.ts';

/** Each way of going through the steps in its turn at each of them, with connections one by one. */
export const measureShares: LabMeasurement = async (lab, { size, note }) => {
  const started = await startHaproxy(lab, { address, port: ports.haproxy, servers });
  if (started.kind === 'unavailable') note(`without HAProxy, because ${started.reason}`);
  const haproxy = started.kind === 'running' ? started.haproxy : undefined;
  const rows: BenchRow[] = [];
  for (const { steps, perStep } of size === 'small' ? small : full) {
    const errors = await deliver(lab, haproxy, steps, perStep);
    rows.push(...rowsOf(`${steps} steps of ${perStep}`, errors, size === 'full'));
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
  ...[5, 10, 20, 100, 1_000].map((perStep) => ({ steps: 20, perStep })),
  // Not a whole number of hundredths each.
  ...[5, 10, 20, 100].map((perStep) => ({ steps: 30, perStep })),
];
const small = [{ steps: 3, perStep: 5 }];

const address = virtualAddresses.v4.nat;
const servers = { rs1: '10.0.2.11:8080', rs2: '10.0.2.12:8080' };
const ports = { drain: 80, hundredths: 81, haproxy: 8000 };

type Way = keyof typeof ports;
type Errors = ReadonlyMap<Way, ShareError>;
type Pair = readonly [old: number, new: number];

async function deliver(
  lab: Lab,
  haproxy: Haproxy | undefined,
  steps: number,
  perStep: number,
): Promise<Errors> {
  await lab.setTable(...[ports.drain, ports.hundredths].flatMap(serviceRules));
  const planned = await planOf(lab, steps, perStep);
  const scripted = hundredths(steps);
  const ways: [Way, (step: number) => Promise<void>][] = [
    ['drain', (step) => setWeights(lab, ports.drain, planned[step - 1], planned[step])],
    ['hundredths', (step) => setWeights(lab, ports.hundredths, scripted[step - 1], scripted[step])],
  ];
  if (haproxy) ways.push(['haproxy', (step) => setPercentages(haproxy, scripted[step])]);
  const delivered = new Map(ways.map(([way]) => [way, [] as DeliveredStep[]]));
  for (let step = 0; step <= steps; step++) {
    for (const [way, goTo] of ways) {
      await goTo(step);
      const answers = await lab.clients.sequence({ address, port: ports[way], count: perStep });
      const toNew = answers.filter((name) => name === 'rs2').length;
      const toOld = answers.filter((name) => name === 'rs1').length;
      if (toOld + toNew < perStep) throw new Error(`not answered: ${answers.join(' ')}`);
      delivered.get(way)?.push({ intended: step / steps, connections: perStep, toNew });
    }
  }
  return new Map([...delivered].map(([way, all]) => [way, shareError(all)]));
}

const serviceRules = (port: number): readonly string[] => [
  `-A -t ${address}:${port} -s wrr`,
  `-a -t ${address}:${port} -r ${servers.rs1} -m -w 100`,
  `-a -t ${address}:${port} -r ${servers.rs2} -m -w 0`,
];

/** The weights that drain chooses where the kernel's estimate is so many connections a step. */
async function planOf(lab: Lab, steps: number, perStep: number): Promise<readonly Pair[]> {
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

/** One process a step, what rises first, and no edit that changes nothing. */
async function setWeights(
  lab: Lab,
  port: number,
  before: Pair = [100, 0],
  [old, added]: Pair = before,
): Promise<void> {
  const edit = (server: string, weight: number): string =>
    `-e -t ${address}:${port} -r ${server} -m -w ${weight}\n`;
  const lines = [
    ...(added === before[1] ? [] : [edit(servers.rs2, added)]),
    ...(old === before[0] ? [] : [edit(servers.rs1, old)]),
  ];
  if (lines.length === 0) return;
  const { exitCode, stderr } = await lab.ipvsadm(['-R'], lines.join(''));
  if (exitCode !== 0 || stderr !== '') throw new Error(`ipvsadm -R: exit ${exitCode}\n${stderr}`);
}

async function setPercentages(haproxy: Haproxy, [old, added]: Pair = [100, 0]): Promise<void> {
  await haproxy.set(`set server lb/rs2 weight ${added}%`);
  await haproxy.set(`set server lb/rs1 weight ${old}%`);
}

function rowsOf(what: string, errors: Errors, judged: boolean): readonly BenchRow[] {
  const row = (kind: keyof ShareError, goal: string, most: number): BenchRow => {
    const errorOf = (way: Way): number => errors.get(way)?.[kind] ?? Number.NaN;
    const rivals = ([...errors.keys()] as Way[]).filter((way) => way !== 'drain');
    const limit = Math.min(most, ...rivals.map(errorOf));
    return {
      what: `${what}: ${kind}`,
      ours: { value: errorOf('drain'), unit: 'connections' },
      against: rivals.map((way) => ({
        name: names[way],
        figure: { value: errorOf(way), unit: 'connections' },
      })),
      goal,
      met: judged ? errorOf('drain') <= limit : undefined,
    };
  };
  return [
    row('worst', 'within 1, and no worse', 1),
    row('mean', 'no worse', Number.POSITIVE_INFINITY),
  ];
}

const names: Readonly<Record<Way, string>> = {
  drain: 'drain',
  hundredths: 'wrr in hundredths',
  haproxy: 'HAProxy',
};
