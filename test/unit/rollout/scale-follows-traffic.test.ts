import { describe, expect, it } from 'vitest';
import { defaultStartMs, type Simulation } from '../../../src/ipvs/simulated/simulated-director.ts';
import { simulatedClients } from '../../support/simulated-clients.ts';
import { playRollout } from '../../support/simulated-rollout.ts';

const everyMs = 5_000;
const stepCount = 20;

interface Scene {
  /** Connections in a step, by the time since the rollout began. */
  readonly perStep: (afterMs: number) => number;
  /** The time for which clients have come when the rollout begins. */
  readonly warmUpMs?: number;
  readonly bystander?: boolean;
}

const servers = (bystander = false): string =>
  `-A -t 10.0.0.100:80 -s wrr
-a -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 100
${bystander ? '-a -t 10.0.0.100:80 -r 10.0.0.3:80 -m -w 50\n' : ''}`;

/** Evenly spaced connections, as many in a step as the scene says, and the server that each got. */
function send(simulation: Simulation, scene: Scene, untilMs: number) {
  const clients = simulatedClients(simulation, '10.0.0.100');
  const got: { readonly atMs: number; readonly server: string }[] = [];
  for (let afterMs = 0; afterMs < untilMs; ) {
    const atMs = defaultStartMs + afterMs;
    simulation.at(atMs, () => {
      for (const server of clients.sequence(80, 1)) got.push({ atMs, server });
    });
    afterMs += everyMs / scene.perStep(afterMs - (scene.warmUpMs ?? 0));
  }
  return got;
}

/** By how many connections each step's delivery to the new server was off its share, step by step. */
async function deviations(scene: Scene) {
  const { warmUpMs = 0 } = scene;
  let got: readonly { readonly atMs: number; readonly server: string }[] = [];
  const played = await playRollout(
    { from: '10.0.0.1', to: '10.0.0.2', ramp: { overMs: stepCount * everyMs, everyMs } },
    { seed: 1, table: servers(scene.bystander), warmUpMs: 0, beginAfterMs: warmUpMs },
    () => {},
    () => [],
    () => {},
    (simulation) => {
      got = send(simulation, scene, warmUpMs + (stepCount + 2) * everyMs);
    },
  );
  expect(played.end).toMatchObject({ outcome: 'done' });
  const steps = played.events.flatMap((event) =>
    event.type === 'step-applied' ? [{ ...event, atMs: Date.parse(event.at) }] : [],
  );
  return steps.slice(0, -1).map(({ atMs, step, weights, movedFraction }, index) => {
    const untilMs = steps[index + 1]?.atMs ?? 0;
    const during = got.filter((one) => one.atMs >= atMs && one.atMs < untilMs);
    const share = (movedFraction * 100) / (scene.bystander ? 150 : 100);
    const filled = during.filter(({ server }) => server === '10.0.0.2').length;
    const total = Object.values(weights).reduce((sum, weight) => sum + weight, 0);
    return { step, total, count: during.length, off: Math.abs(filled - share * during.length) };
  });
}

type Step = Awaited<ReturnType<typeof deviations>>[number];
const worst = (steps: readonly Step[]): number => Math.max(...steps.map(({ off }) => off));

describe('a ramp delivers its shares', () => {
  it.each([5, 10, 14, 20])('within a connection at %d a step, all through', async (perStep) => {
    const steps = await deviations({ perStep: () => perStep, warmUpMs: 20_000 });
    // 2.8 a second are 3 in the kernel's whole numbers, so that 15 are expected where 14 come.
    expect(worst(steps)).toBeLessThanOrEqual(perStep === 14 ? 1.25 : 1);
  });

  it.each([10, 14])('where clients began a second before, at %d a step', async (perStep) => {
    const [alone, beside] = [
      await deviations({ perStep: () => perStep, warmUpMs: 1_000 }),
      await deviations({ perStep: () => perStep, warmUpMs: 1_000, bystander: true }),
    ];
    // The rate that the first listing shows is a fraction of the real one.
    expect(alone[0]?.total).toBeLessThan(perStep / 2);
    expect(worst(alone.slice(1))).toBeLessThanOrEqual(1);
    expect(worst(beside.slice(1))).toBeLessThanOrEqual(1.5);
  });

  it('when traffic grows tenfold on the way, and falls again, but for two steps each time', async () => {
    const grown = (afterMs: number): number => (afterMs > 39_900 && afterMs < 69_900 ? 100 : 10);
    const steps = await deviations({ perStep: grown, warmUpMs: 20_000 });
    const changing = [8, 9, 14, 15];
    expect(steps.slice(0, 8).every(({ total }) => total === 10)).toBe(true);
    expect(steps.find(({ step, total }) => step > 8 && total !== 10)?.step).toBe(9);
    expect(worst(steps.filter(({ step }) => !changing.includes(step)))).toBeLessThanOrEqual(1);
  });

  it('when traffic falls to a tenth on the way', async () => {
    const fallen = (afterMs: number): number => (afterMs > 48_000 ? 2 : 20);
    const steps = await deviations({ perStep: fallen, warmUpMs: 20_000 });
    expect(worst(steps.slice(10))).toBeLessThanOrEqual(1);
  });
});
