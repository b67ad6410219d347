import type { DrainEvent } from '../src/domain/events/event.ts';
import { parseEvents } from '../test/support/drain-command.ts';
import { type Haproxy, startHaproxy } from '../test/support/haproxy.ts';
import { pause } from '../test/support/kernel-hand-over.ts';
import type { Lab } from '../test/support/lab/lab.ts';
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

/** A ramp of the built command, and the clients that come in each of its steps. */
interface Scene {
  readonly what: string;
  readonly steps: number;
  /** Long enough for a step's connections of all ways, one by one, on one emulated CPU. */
  readonly everyS: number;
  /** Connections of a step. */
  readonly perStep: (step: number) => number;
  /** Seconds for which clients have come when the rollout begins. */
  readonly warmUpS: number;
  /** Steps that say nothing: the first two of a change. */
  readonly leftOut: readonly number[];
  /** Connections by which a step may be off. */
  readonly most: number;
}

const tenfold: Scene = {
  what: '10, 100 and again 10 a step',
  steps: 24,
  everyS: 12,
  perStep: (step) => (step >= 8 && step < 16 ? 100 : 10),
  warmUpS: 20,
  leftOut: [8, 9, 16, 17],
  most: 1,
};
const justBegun: Scene = {
  what: '14 a step that began 3 s before',
  steps: 20,
  everyS: 5,
  perStep: () => 14,
  warmUpS: 3,
  leftOut: [],
  most: 0.5,
};
const small: Scene = { ...tenfold, steps: 3, everyS: 3, perStep: () => 5, warmUpS: 1, leftOut: [] };

/** Rollouts of the built command under traffic that is not what it was when they began. */
export const measureChangingTraffic: LabMeasurement = async (lab, { size, note }) => {
  const started = await startHaproxy(lab, { address, port: ports.haproxy, servers });
  if (started.kind === 'unavailable') note(`without HAProxy, because ${started.reason}`);
  const haproxy = started.kind === 'running' ? started.haproxy : undefined;
  const rows: BenchRow[] = [];
  for (const scene of size === 'small' ? [small] : [tenfold, justBegun]) {
    const delivered = await deliverRollout(lab, haproxy, scene);
    const judging = { scripted: 'the scale of the start', most: scene.most };
    rows.push(...rowsOf(scene.what, delivered, { ...judging, judged: size === 'full' }));
    note(`${scene.what}: ${told(delivered)}`);
  }
  return rows;
};

/** The shares that a rollout delivers while its traffic changes. */
export const changingTraffic: Benchmark = labBenchmark(
  {
    name: 'traffic',
    about: 'connections of a step that go to the wrong server, while traffic changes',
  },
  measureChangingTraffic,
);

/** Each way at each step of the rollout that is under way, with as many connections one by one. */
async function deliverRollout(
  lab: Lab,
  haproxy: Haproxy | undefined,
  { steps, everyS, perStep, warmUpS, leftOut }: Scene,
): Promise<ReadonlyMap<Way, readonly DeliveredStep[]>> {
  await lab.setTable(...[ports.drain, ports.scripted].flatMap(serviceRules));
  const perSecond = perStep(0) / everyS;
  const before = await lab.clients.load({ address, port: ports.drain, perSecond });
  await pause(warmUpS * 1_000);
  const service = `tcp/${address}:${ports.drain}`;
  const run = await lab.startDrain([
    ...['--from', servers.rs1, '--to', servers.rs2, '--service', service],
    ...['--over', `${steps * everyS}s`, '--every', `${everyS}s`, '--settle', '1s'],
    ...['--output', 'json', '--yes'],
  ]);
  const [planned] = parseEvents(await run.line((line) => line.includes('"planned"'), 60_000));
  const fixed = weightsOf(planned);
  const percentages = hundredths(steps);
  const delivered = new Map<Way, DeliveredStep[]>([
    ['drain', []],
    ['scripted', []],
  ]);
  if (haproxy) delivered.set('haproxy', []);
  for (let step = 0; step < steps; step++) {
    const isThis = (line: string): boolean => stepOf(line) === step;
    const [applied] = parseEvents(await run.line(isThis, 60_000));
    if (applied?.type !== 'step-applied') throw new Error(`no step ${step}`);
    if (step === 0) await before.stop();
    await setWeights(lab, ports.scripted, fixed[step - 1], fixed[step]);
    if (haproxy) await setPercentages(haproxy, percentages[step]);
    const meant = { intended: applied.movedFraction, connections: perStep(step) };
    for (const [way, all] of delivered) {
      const one = await deliver(lab, way, meant);
      if (!leftOut.includes(step)) all.push(one);
    }
    const late = run.stdout.some((line) => (stepOf(line) ?? 0) > step);
    if (late) throw new Error(`step ${step} was over before its ${perStep(step)} connections`);
  }
  const { exitCode } = await run.ended;
  if (exitCode !== 0) throw new Error(`drain ended with ${exitCode}\n${run.stderr.join('\n')}`);
  return delivered;
}

const stepOf = (line: string): number | undefined => {
  const [event] = parseEvents(line);
  return event?.type === 'step-applied' ? event.step : undefined;
};

const weightsOf = (planned: DrainEvent | undefined): readonly WeightPair[] => {
  const steps = planned?.type === 'planned' ? (planned.services[0]?.steps ?? []) : [];
  return steps.map(({ weights }) => [weights[servers.rs1] ?? 0, weights[servers.rs2] ?? 0]);
};

/** Who got how many, step by step: `3/2.8` are three where 2.8 were meant. */
const told = (delivered: ReadonlyMap<Way, readonly DeliveredStep[]>): string =>
  (delivered.get('drain') ?? [])
    .map(({ toNew, intended, connections }) => `${toNew}/${(intended * connections).toFixed(1)}`)
    .join(' ');
