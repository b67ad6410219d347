import { describe, expect, it } from 'vitest';
import { isUntilEnd, statusOf, waysFrom } from '../../../src/domain/rollout/rollout-status.ts';
import { rampSchedule, withStepAt } from '../../../src/planner/weights/curve.ts';
import { scriptedGate } from '../../support/scripted-gate.ts';
import { type Played, playRollout, type RequestSketch } from '../../support/simulated-rollout.ts';

const table = (old: number, other: number) => `-A -t 10.0.0.100:80 -s wrr
-a -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w ${old}
-a -t 10.0.0.100:80 -r 10.0.0.3:80 -m -w ${other}
`;

const until = (fraction: number, ramp: RequestSketch['ramp'] = {}): RequestSketch => ({
  from: '10.0.0.1',
  to: '10.0.0.2',
  ramp: { ...ramp, until: fraction },
});

const canary = (fraction: number, ramp?: RequestSketch['ramp'], weights = table(100, 100)) =>
  playRollout(until(fraction, ramp), { seed: 7, table: weights });

const weightsNow = ({
  simulation,
}: Pick<Played, 'simulation'>): Readonly<Record<string, number>> => {
  const saved = simulation.ipvsadm(['-Sn']);
  const text = saved.kind === 'exited' ? saved.stdout : '';
  return Object.fromEntries(
    [...text.matchAll(/-r (\S+):80 .*-w (\d+)/g)].map(([, server, weight]) => [
      server,
      Number(weight),
    ]),
  );
};

const stepsOf = ({ events }: Pick<Played, 'events'>) =>
  events.flatMap((event) => (event.type === 'step-applied' ? [event] : []));

describe('a ramp that ends at 10 %', () => {
  it('is done with old and new servers in the table, and says so', async () => {
    const played = await canary(0.1);
    expect(weightsNow(played)).toEqual({ '10.0.0.1': 90, '10.0.0.2': 10, '10.0.0.3': 100 });
    expect(played.events.at(-1)).toMatchObject({
      type: 'finished',
      outcome: 'done',
      exitCode: 0,
      until: 0.1,
      message:
        'done until 10 %: 10.0.0.2:80 has 10 % of the weight of 10.0.0.1:80, which keeps the rest',
    });
    expect(played.events.some(({ type }) => type === 'held')).toBe(false);
  });

  it('is held for whoever looks later, with ways on and back, and still has its service', async () => {
    const { end } = await canary(0.1);
    expect(isUntilEnd(end)).toBe(true);
    const status = statusOf({ isRunning: false, end });
    expect(status).toBe('held');
    expect(waysFrom(status, 'r')).toMatchObject({ on: ['resume', 'r'], back: ['rollback', 'r'] });
  });

  it('goes on from there to the end when it is resumed', async () => {
    const played = await canary(0.1);
    const before = stepsOf(played).length;
    expect(await played.resume()).toMatchObject({ outcome: 'done', exitCode: 0 });
    expect(weightsNow(played)).toEqual({ '10.0.0.2': 100, '10.0.0.3': 100 });
    const [next] = stepsOf(played).slice(before);
    expect(next).toMatchObject({ movedFraction: 2 / 12 });
  });

  it('goes on to another part, that no step of the plan has, and on from there', async () => {
    const played = await canary(0.1);
    const end = await played.resume({ until: 0.33 });
    expect(end).toMatchObject({ outcome: 'held', exitCode: 0 });
    expect(weightsNow(played)).toEqual({ '10.0.0.1': 67, '10.0.0.2': 33, '10.0.0.3': 100 });
    expect(await played.resume({ until: 0.5 })).toMatchObject({ outcome: 'held', exitCode: 0 });
    expect(weightsNow(played)).toEqual({ '10.0.0.1': 50, '10.0.0.2': 50, '10.0.0.3': 100 });
    expect(await played.resume()).toMatchObject({ outcome: 'done', exitCode: 0 });
    expect(weightsNow(played)).toEqual({ '10.0.0.2': 100, '10.0.0.3': 100 });
  });

  it('goes back to the table from before', async () => {
    const played = await canary(0.1);
    expect(await played.resume({ back: true })).toMatchObject({ outcome: 'rolled-back' });
    expect(weightsNow(played)).toEqual({ '10.0.0.1': 100, '10.0.0.3': 100 });
  });

  it('stays exact where weights of 1 have no room for 10 %', async () => {
    const played = await canary(0.1, { overMs: 0, everyMs: 1_000 }, table(1, 1));
    const now = weightsNow(played);
    const share = (server: string) =>
      (now[server] ?? 0) / Object.values(now).reduce((sum, weight) => sum + weight, 0);
    expect(share('10.0.0.2')).toBeCloseTo(0.05);
    expect(share('10.0.0.1')).toBeCloseTo(0.45);
    expect(await played.resume({ until: 0.25 })).toMatchObject({ outcome: 'held', exitCode: 0 });
    expect(await played.resume()).toMatchObject({ outcome: 'done' });
    expect(weightsNow(played)).toEqual({ '10.0.0.2': 1, '10.0.0.3': 1 });
  });

  it('lets its gates judge that step as long as any other', async () => {
    const fails = playRollout(
      until(2 / 12),
      { seed: 7, table: table(100, 100) },
      () => {},
      (clock) => [
        scriptedGate(clock, { passes: ({ about: { movedFraction } }) => movedFraction < 0.15 }),
      ],
    );
    expect((await fails).end).toMatchObject({ outcome: 'rolled-back', exitCode: 5 });
  });
});

describe('the schedule of a ramp that ends early', () => {
  const ramp = { overMs: 20_000, everyMs: 5_000, curve: 'linear' } as const;

  it('has the pace of the whole way, and a step where it ends', () => {
    expect(rampSchedule({ ...ramp, until: 0.3 })).toEqual([
      { atMs: 0, fraction: 0 },
      { atMs: 5_000, fraction: 0.25 },
      { atMs: 6_000, fraction: 0.3 },
      { atMs: 10_000, fraction: 0.5 },
      { atMs: 15_000, fraction: 0.75 },
      { atMs: 20_000, fraction: 1 },
    ]);
  });

  it('takes a step that it has', () => {
    expect(rampSchedule({ ...ramp, until: 0.5 })).toEqual(rampSchedule(ramp));
    expect(withStepAt(rampSchedule(ramp), 1)).toEqual({ schedule: rampSchedule(ramp) });
  });
});

describe('a promotion', () => {
  const promoted = (atMs: number, gates: Parameters<typeof playRollout>[3] = () => []) =>
    playRollout(
      { from: '10.0.0.1', to: '10.0.0.2' },
      { seed: 7, table: table(100, 100) },
      (sim, _, ask) => {
        sim.at(sim.clock.nowMs() + atMs, () => ask({ kind: 'promote' }));
      },
      gates,
    );

  it('takes the rest of a running ramp in one step', async () => {
    const played = await promoted(12_000);
    expect(stepsOf(played).map(({ step }) => step)).toEqual([0, 1, 2, 12]);
    // To jump is what somebody asked for.
    expect(played.events.filter(({ type }) => type === 'warning')).toEqual([]);
    expect(played.end).toMatchObject({ outcome: 'done', exitCode: 0 });
    expect(weightsNow(played)).toEqual({ '10.0.0.2': 100, '10.0.0.3': 100 });
  });

  it('asks the gates first, and does what on-failure says', async () => {
    let isAsked = false;
    const played = await promoted(12_000, (clock) => [
      scriptedGate(clock, {
        passes: ({ atMs }) => {
          isAsked ||= atMs >= 12_000;
          return atMs < 12_000;
        },
      }),
    ]);
    expect(isAsked).toBe(true);
    expect(stepsOf(played).map(({ step }) => step)).toEqual([0, 1, 2]);
    expect(played.end).toMatchObject({ outcome: 'rolled-back', exitCode: 5 });
    expect(weightsNow(played)).toEqual({ '10.0.0.1': 100, '10.0.0.3': 100 });
  });

  it('takes the rest of one that has ended at its part', async () => {
    const played = await canary(0.1);
    const before = stepsOf(played).length;
    expect(await played.resume({ promotes: true })).toMatchObject({ outcome: 'done' });
    expect(
      stepsOf(played)
        .slice(before)
        .map(({ movedFraction }) => movedFraction),
    ).toEqual([1]);
    expect(weightsNow(played)).toEqual({ '10.0.0.2': 100, '10.0.0.3': 100 });
  });

  it('ends a pause', async () => {
    const played = await playRollout(
      { from: '10.0.0.1', to: '10.0.0.2' },
      { seed: 7, table: table(100, 100) },
      (sim, _, ask) => {
        const nowMs = sim.clock.nowMs();
        sim.at(nowMs + 12_000, () => ask({ kind: 'pause' }));
        sim.at(nowMs + 100_000, () => ask({ kind: 'promote' }));
      },
    );
    expect(stepsOf(played).map(({ step }) => step)).toEqual([0, 1, 2, 12]);
    expect(played.end).toMatchObject({ outcome: 'done' });
  });
});
