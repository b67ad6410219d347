import { describe, expect, it } from 'vitest';
import type { DrainEvent } from '../../../src/domain/events/event.ts';
import { type ScriptedGate, scriptedGate } from '../../support/scripted-gate.ts';
import { type Played, playRollout } from '../../support/simulated-rollout.ts';
import { busyTraffic } from '../../support/web-traffic.ts';

const blueGreen = `-A -t 10.0.0.100:80 -s wrr
-a -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 100 -x 900 -y 800
-a -t 10.0.0.100:80 -r 10.0.0.3:80 -m -w 25
`;
const busy = { seed: 7, table: blueGreen, traffic: [busyTraffic], warmUpMs: 10_000 };
const handOver = { from: '10.0.0.1', to: '10.0.0.2' };
const weights = (old: number, added: number, other: number) => ({
  '10.0.0.1:80': old,
  '10.0.0.2:80': added,
  '10.0.0.3:80': other,
});
const pace = { overMs: 20_000, everyMs: 2_000 };

type Step = DrainEvent & { readonly type: 'step-applied' };
const stepsOf = ({ events }: Played): readonly Step[] =>
  events.filter((event): event is Step => event.type === 'step-applied');
/** Steps after the turn. */
const stepsBack = (played: Played): readonly Step[] => {
  const turn = played.events.findIndex(({ type }) => type === 'rollback-started');
  return stepsOf({ ...played, events: played.events.slice(turn) });
};

describe('a rollback as a ramp', () => {
  const turned = (atMs: number, table = busy, more: Partial<typeof handOver> = {}) =>
    playRollout({ ...handOver, ...more }, table, (sim, _, ask) => {
      sim.at(sim.clock.nowMs() + atMs, () => ask({ kind: 'rollback', pace }));
    });

  it('gives the weight back in steps, from where the rollout stood, and ends as before', async () => {
    const played = await turned(32_000);
    expect(played.end).toMatchObject({ outcome: 'rolled-back', exitCode: 5 });
    expect(played.after).toBe(played.before);
    const steps = stepsBack(played);
    expect(steps.map(({ step }) => step)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(steps.map(({ of }) => of)).toEqual(Array(11).fill(10));
    const old = steps.map(({ weights }) => weights['10.0.0.1:80'] ?? -1);
    expect(old).toEqual([...old].sort((a, b) => a - b));
    // Step 6 stood, and the way back needs twice its scale to have ten steps.
    expect(stepsOf(played).find(({ step }) => step === 6)?.weights).toEqual(weights(6, 6, 3));
    expect(steps[0]?.weights).toEqual(weights(12, 12, 6));
    expect(steps.map(({ movedFraction }) => Number(movedFraction.toFixed(3)))).toEqual([
      0.5, 0.45, 0.4, 0.35, 0.3, 0.25, 0.2, 0.15, 0.1, 0.05, 0,
    ]);
    expect(played.simulation.statistics).toMatchObject({ refused: 0, reset: 0, hung: 0 });
  });

  it('keeps its pace, each step one process', async () => {
    const played = await turned(32_000);
    const times = stepsBack(played).map(({ at }) => Date.parse(at));
    const gaps = times.slice(1).map((at, i) => at - (times[i] ?? 0));
    for (const gap of gaps) expect(Math.abs(gap - 2_000)).toBeLessThan(100);
  });

  it('drains the server that the rollout had added before it removes it', async () => {
    const played = await turned(32_000);
    const removed = played.events.findIndex(
      (event) => event.type === 'removed' && event.server === '10.0.0.2:80',
    );
    const drained = played.events.findIndex(
      (event) => event.type === 'drained' && event.server === '10.0.0.2:80',
    );
    expect(drained).toBeGreaterThan(0);
    expect(removed).toBeGreaterThan(drained);
  });

  it('of a switch in one step is a ramp all the same', async () => {
    const light = { ...busy, table: blueGreen.replace('-w 100', '-w 1').replace('-w 25', '-w 1') };
    const played = await playRollout(
      { ...handOver, ramp: { overMs: 0, everyMs: 1_000 }, policy: { settleMs: 30_000 } },
      light,
      (sim, _, ask) => {
        sim.at(sim.clock.nowMs() + 5_000, () => ask({ kind: 'rollback', pace }));
      },
    );
    expect(played.after).toBe(played.before);
    const shares = stepsBack(played).map(({ weights }) => {
      const total = Object.values(weights).reduce((a, b) => a + b, 0);
      return {
        old: (weights['10.0.0.1:80'] ?? 0) / total,
        other: (weights['10.0.0.3:80'] ?? 0) / total,
      };
    });
    expect(shares.map(({ old }) => Number(old.toFixed(3)))).toEqual([
      0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5,
    ]);
    expect(new Set(shares.map(({ other }) => other))).toEqual(new Set([0.5]));
  });

  it('before the first step has nothing to walk back', async () => {
    const played = await turned(0);
    expect(played.after).toBe(played.before);
    expect(stepsBack(played).length).toBeLessThanOrEqual(11);
    expect(played.end.outcome).toBe('rolled-back');
  });

  it('is cut short by a second request without a pace', async () => {
    const played = await playRollout(handOver, busy, (sim, _, ask) => {
      sim.at(sim.clock.nowMs() + 32_000, () => ask({ kind: 'rollback', pace }));
      sim.at(sim.clock.nowMs() + 40_000, () => ask({ kind: 'rollback' }));
    });
    expect(played.after).toBe(played.before);
    expect(stepsBack(played).at(-1)?.step).toBeLessThan(6);
  });

  it('is paused and continued like any ramp', async () => {
    const played = await playRollout(handOver, busy, (sim, _, ask) => {
      const at = (ms: number, request: Parameters<typeof ask>[0]) =>
        sim.at(sim.clock.nowMs() + ms, () => ask(request));
      at(32_000, { kind: 'rollback', pace });
      at(40_000, { kind: 'pause' });
      at(100_000, { kind: 'continue' });
    });
    expect(played.after).toBe(played.before);
    const times = stepsBack(played).map(({ at }) => Date.parse(at));
    expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeGreaterThan(79_000);
  });

  it('leaves what somebody else did to a bystander', async () => {
    const played = await playRollout(handOver, busy, (sim, _, ask) => {
      sim.at(sim.clock.nowMs() + 11_000, () => {
        sim.ipvsadm('-e -t 10.0.0.100:80 -r 10.0.0.3:80 -m -w 0'.split(' '));
      });
      sim.at(sim.clock.nowMs() + 32_000, () => ask({ kind: 'rollback', pace }));
    });
    expect(played.end.outcome).toBe('rolled-back');
    expect(played.after).toBe(played.before.replace('-w 25', '-w 0'));
  });

  it('asks nobody, and waits for nobody who was asked on the way forward', async () => {
    let gate: ScriptedGate | undefined;
    let askedBefore = 0;
    const during: Parameters<typeof playRollout>[2] = (sim, _, ask) => {
      sim.at(sim.clock.nowMs() + 32_000, () => {
        askedBefore = gate?.asked.length ?? 0;
        ask({ kind: 'rollback', pace });
      });
    };
    const played = await playRollout(handOver, busy, during, (clock) => {
      gate = scriptedGate(clock);
      return [gate];
    });
    expect(played.after).toBe(played.before);
    const times = stepsBack(played).map(({ at }) => Date.parse(at));
    expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeLessThan(20_200);
    expect(askedBefore).toBeGreaterThan(5);
    expect(gate?.asked.length).toBeLessThanOrEqual(askedBefore + 1);
  });
});
