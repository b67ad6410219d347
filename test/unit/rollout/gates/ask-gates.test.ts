import { describe, expect, it } from 'vitest';
import { GateWatch } from '../../../../src/rollout/gates/ask-gates.ts';
import { gateContext } from '../../../../src/rollout/gates/gate-context.ts';
import type { GateState } from '../../../../src/rollout/gates/gate-state.ts';
import { stateAfter } from '../../../support/engine-state.ts';
import { standingClock } from '../../../support/notice-clocks.ts';
import { type GateScript, scriptedGate } from '../../../support/scripted-gate.ts';

const settled = async (): Promise<void> => {
  for (let i = 0; i < 20; i++) await Promise.resolve();
};
const about = gateContext(stateAfter([]));

function watching(...scripts: readonly GateScript[]) {
  const clock = standingClock(1_000);
  const gates = scripts.map((script) => scriptedGate(clock, script));
  const heard: (readonly [GateState, GateState])[] = [];
  const watch = new GateWatch(gates, clock, (...answer) => void heard.push(answer));
  const pass = async (ms: number) => {
    clock.moveOn(ms);
    await settled();
  };
  return { watch, gates, heard, pass, clock };
}
const state = ({ watch }: ReturnType<typeof watching>, name: string) => watch.standings().get(name);

describe('gates', () => {
  it('are unknown and unasked at first', () => {
    const world = watching({ name: 'a' }, { name: 'b' });
    expect([...world.watch.standings().keys()]).toEqual(['a', 'b']);
    expect(state(world, 'a')).toMatchObject({ verdict: 'unknown', isAsking: false, streak: 0 });
  });

  it('are asked without being waited for, and only those that are named', async () => {
    const world = watching({ name: 'a', takesMs: 300 }, { name: 'b' });
    world.watch.ask(['a', 'nobody'], about);
    expect(state(world, 'a')).toMatchObject({ isAsking: true, askedMs: 1_000 });
    expect(world.heard).toEqual([]);
    await world.pass(300);
    expect(state(world, 'a')).toMatchObject({
      ...{ verdict: 'passed', isAsking: false, askedMs: 1_000, aboutMs: 1_000, answeredMs: 1_300 },
    });
    expect(world.heard).toMatchObject([
      [{ verdict: 'unknown', isAsking: true }, { verdict: 'passed' }],
    ]);
    expect(world.gates.map(({ asked }) => asked.length)).toEqual([1, 0]);
    expect(world.gates[0]?.asked[0]?.about).toEqual(about);
    // No timer is left behind that would end a question which is over.
    expect(world.clock.sleepers.size).toBe(0);
  });

  it('that do not answer in time are given up, which is a bad answer', async () => {
    const world = watching({
      name: 'a',
      passes: () => 'hang',
      timing: { timeoutMs: 700, fall: 1 },
    });
    world.watch.ask(['a'], about);
    await world.pass(699);
    expect(world.gates[0]?.asked[0]?.aborted).toBeUndefined();
    await world.pass(1);
    expect(world.gates[0]?.asked[0]?.aborted).toBe(true);
    expect(state(world, 'a')).toMatchObject({ verdict: 'failed', detail: 'no answer in time' });
  });

  it('are given up when the rollout is over, tell nothing any more, and are not asked again', async () => {
    const world = watching({ name: 'a', passes: () => 'hang' }, { name: 'b', takesMs: 5 });
    world.watch.ask(['a', 'b'], about);
    await world.pass(5);
    expect(world.heard).toHaveLength(1);
    world.watch.close();
    await settled();
    expect(world.gates[0]?.asked[0]?.aborted).toBe(true);
    world.watch.ask(['a', 'b'], about);
    await world.pass(5_000);
    expect(world.gates.map(({ asked }) => asked.length)).toEqual([1, 1]);
    expect(world.heard).toHaveLength(1);
  });
});
