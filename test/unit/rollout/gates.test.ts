import { describe, expect, it } from 'vitest';
import type { DrainEvent } from '../../../src/domain/events/event.ts';
import type { GateSpec } from '../../../src/domain/health/gate.ts';
import type { Stop } from '../../../src/domain/rollout/plan.ts';
import { type GateScript, type ScriptedGate, scriptedGate } from '../../support/scripted-gate.ts';
import {
  type Played,
  playRollout,
  type RequestSketch,
  textOf,
} from '../../support/simulated-rollout.ts';

const table = `-A -t 10.0.0.100:80 -s wrr
-a -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 100
-a -t 10.0.0.100:80 -r 10.0.0.3:80 -m -w 25
`;
/** 12 steps, one every 5 s. */
const handOver = { from: '10.0.0.1', to: '10.0.0.2' };
const isEdit = (stdin: string): boolean => /^-[eadE] /m.test(stdin);

type During = Parameters<typeof playRollout>[2];

/** A rollout with one scripted gate or several. */
async function play(
  scripts: GateScript | readonly GateScript[],
  sketch: Partial<RequestSketch> = {},
  during?: During,
): Promise<Played & { readonly gate: ScriptedGate; readonly gates: readonly ScriptedGate[] }> {
  let gates: readonly ScriptedGate[] = [];
  const played = await playRollout(
    { ...handOver, ...sketch },
    { seed: 3, table },
    during,
    (clock) => {
      gates = [scripts].flat().map((script) => scriptedGate(clock, script));
      return gates;
    },
  );
  const [gate] = gates;
  if (!gate) throw new Error('no gate');
  return { ...played, gate, gates };
}

type EventOf<T extends DrainEvent['type']> = DrainEvent & { readonly type: T };
const ofType = <T extends DrainEvent['type']>({ events }: Played, type: T) =>
  events.filter((event): event is EventOf<T> => event.type === type);
const atMs = ({ startMs }: Played, event: DrainEvent | undefined): number =>
  Date.parse(event?.at ?? '') - startMs;
const stepTimes = (played: Played): readonly (readonly [number, number])[] =>
  ofType(played, 'step-applied').map((event) => [
    event.step,
    Math.round(atMs(played, event) / 100) / 10,
  ]);
const undisturbed = Array.from({ length: 13 }, (_, step) => [step, 5 * step]);

describe('a gate', () => {
  it('that always passes changes nothing about the ramp, and each step tells of it', async () => {
    const played = await play({});
    expect(played.end).toMatchObject({ outcome: 'done', exitCode: 0 });
    expect(stepTimes(played)).toEqual(undisturbed);
    expect(
      ofType(played, 'gate-passed').map(({ gate, step, detail }) => [gate, step, detail]),
    ).toEqual(undisturbed.map(([step]) => ['scripted', step, '200 OK']));
  });

  it('is asked before each step about the one before it, and never twice at a time', async () => {
    const { gate, ...played } = await play({ takesMs: 700, timing: { when: 'before-steps' } });
    for (const [index, event] of ofType(played, 'step-applied').entries()) {
      const at = atMs(played, event);
      const last = gate.asked.filter(({ endedMs }) => (endedMs ?? at) < at).at(-1);
      expect(last?.about.step, `step ${index}`).toBe(index);
      expect(last?.atMs).toBeGreaterThanOrEqual(Math.max(0, at - 1_100));
    }
    expect(gate.mostAtATime).toBe(1);
    // Once for each of 13 steps, and then all through the drain.
    expect(gate.asked.filter(({ about }) => about.movedFraction < 1)).toHaveLength(13);
  });

  it('that fails at a step brings back the table from before, to the byte, and says which and when', async () => {
    const played = await play({
      name: 'check http://10.0.0.2:80/',
      passes: ({ about }) => about.movedFraction < 0.3,
    });
    expect(played.after).toBe(played.before);
    expect(
      ofType(played, 'gate-failed').map(({ gate, step, detail }) => [gate, step, detail]),
    ).toEqual([['check http://10.0.0.2:80/', 5, '503 Service Down']]);
    const why = 'gate check http://10.0.0.2:80/ failed before step 5 of 12: 503 Service Down';
    expect(ofType(played, 'rollback-started').map(({ reason }) => reason)).toEqual([why]);
    expect(played.end).toEqual({
      outcome: 'rolled-back',
      exitCode: 5,
      message: `${why}; rolled back: 10.0.0.1:80 has the weight from before the rollout`,
    });
    expect(Math.max(...ofType(played, 'step-applied').map(({ step }) => step))).toBe(4);
  });

  it('that fails is acted upon within two intervals, also when it hangs', async () => {
    for (const answer of [false, 'hang'] as const) {
      for (const brokenAtMs of [17_000, 18_400, 19_990, 22_900]) {
        const played = await play({ passes: ({ atMs: at }) => at < brokenAtMs || answer });
        const turned = atMs(played, ofType(played, 'rollback-started')[0]);
        expect(turned - brokenAtMs, `${answer} at ${brokenAtMs}`).toBeLessThanOrEqual(6_000);
        expect(turned).toBeGreaterThan(brokenAtMs);
        expect(played.after).toBe(played.before);
      }
    }
  });

  it('is not asked on the way back, and what was under way is given up', async () => {
    const played = await play([
      { name: 'a', passes: ({ about }) => about.step < 5 },
      {
        name: 'b',
        timing: { timeoutMs: 3_000, fall: 1 },
        passes: ({ about }) => about.step < 5 || 'hang',
      },
    ]);
    const turned = atMs(played, ofType(played, 'rollback-started')[0]);
    const [a, b] = played.gates;
    expect(a?.asked.every((one) => one.atMs <= turned)).toBe(true);
    expect(b?.asked.filter(({ aborted }) => aborted)).toHaveLength(1);
    expect(ofType(played, 'gate-failed').map(({ gate }) => gate)).toEqual(['a']);
    expect(played.end).toMatchObject({ outcome: 'rolled-back', exitCode: 5 });
  });

  it('that fails with --on-failure hold leaves the table where it is, and resume goes on', async () => {
    let broken = true;
    const played = await play(
      { passes: ({ about }) => about.step < 5 || !broken },
      { policy: { onFailure: 'hold' } },
    );
    expect(played.end).toMatchObject({ outcome: 'held', exitCode: 5 });
    expect(played.end.message).toBe(
      'gate scripted failed before step 5 of 12: 503 Service Down; held at step 4 of 12',
    );
    expect(played.after).toMatch(/10\.0\.0\.2:80 -m -w [1-9]/);
    broken = false;
    expect(await played.resume()).toMatchObject({ outcome: 'done' });
    expect(textOf(played.simulation)).toBe(played.before.replace('10.0.0.1:80', '10.0.0.2:80'));
  });

  it('that fails again after resume holds again', async () => {
    const played = await play(
      { passes: ({ about }) => about.step < 5 },
      { policy: { onFailure: 'hold' } },
    );
    // Nothing is known in a new process: the gates of this one remember.
    expect(await played.resume()).toMatchObject({ outcome: 'held', exitCode: 5 });
    expect(textOf(played.simulation)).toBe(played.after);
  });

  it('that never opens leaves the table untouched: not one edit', async () => {
    for (const answer of [false, 'hang'] as const) {
      const played = await play({ passes: () => answer });
      expect(played.end).toMatchObject({ outcome: 'rolled-back', exitCode: 5 });
      expect(played.end.message).toContain('failed before step 0 of 12');
      expect(played.calls.filter(isEdit)).toEqual([]);
      expect(played.after).toBe(played.before);
    }
  });

  it('that opens late starts the whole ramp late, at its own pace and without a word', async () => {
    const played = await play({ timing: { fall: 100 }, passes: ({ atMs: at }) => at >= 20_000 });
    const [first] = ofType(played, 'step-applied');
    const begin = Math.round(atMs(played, first) / 1_000);
    expect(begin).toBe(20);
    expect(stepTimes(played).map(([, at]) => Math.round(at) - begin)).toEqual(
      undisturbed.map(([, at]) => at),
    );
    expect(ofType(played, 'warning')).toEqual([]);
    expect(played.end.exitCode).toBe(0);
  });

  it('that is slow to answer at the start is not asked for ever', async () => {
    const slow = { timing: { timeoutMs: 300_000, when: 'before-steps' } } as const;
    for (const takesMs of [1_500, 45_000, 200_000]) {
      const played = await play({ ...slow, takesMs });
      expect(Math.round(atMs(played, ofType(played, 'step-applied')[0]) / 100)).toBe(takesMs / 100);
      expect(played.end).toMatchObject({ outcome: 'done', exitCode: 0 });
    }
  });

  it('that is slow makes a step late, skips those it overtakes, and never lets one pass unasked', async () => {
    const played = await play({
      timing: { when: 'before-steps', timeoutMs: 60_000 },
      takesMs: 8_000,
    });
    expect(played.end).toMatchObject({ outcome: 'done', exitCode: 0 });
    const steps = ofType(played, 'step-applied');
    expect(steps.map(({ step }) => step)).toEqual([...new Set(steps.map(({ step }) => step))]);
    expect(steps.at(-1)?.step).toBe(12);
    for (const event of steps) {
      const at = atMs(played, event);
      const since = atMs(played, steps[steps.indexOf(event) - 1]) || 0;
      const answers = played.gate.asked.filter(
        ({ endedMs = at }) => endedMs < at && endedMs > since,
      );
      expect(answers.length, `step ${event.step}`).toBeGreaterThan(0);
    }
    expect(ofType(played, 'warning').map(({ code }) => code)).toContain('step-skipped');
  });

  it('that has one bad answer does nothing: no event, and no step later than its next answer', async () => {
    for (let bad = 1; bad < 20; bad++) {
      const played = await play({ passes: (_, nth) => nth !== bad });
      expect(played.end).toMatchObject({ outcome: 'done', exitCode: 0 });
      expect(ofType(played, 'gate-failed')).toEqual([]);
      expect(ofType(played, 'rollback-started')).toEqual([]);
      expect(Math.max(...ofType(played, 'step-applied').map(({ lateMs }) => lateMs))).toBeLessThan(
        600,
      );
    }
  });

  it('that hangs for long fails by its timeouts, and the steps before were on time', async () => {
    const played = await play({
      timing: { timeoutMs: 4_000, when: 'before-steps' },
      passes: ({ about }) => about.step < 6 || 'hang',
    });
    expect(stepTimes(played)).toEqual(undisturbed.slice(0, 6));
    // Asked half a step before, given 4 s, and after a short while 4 s more.
    const failed = ofType(played, 'gate-failed');
    expect(failed).toMatchObject([{ step: 6, detail: 'no answer in time' }]);
    expect(atMs(played, failed[0])).toBeCloseTo(27_500 + 4_000 + 500 + 4_000, -2);
    expect(played.after).toBe(played.before);
  });

  it('is asked all through the drain, keeps an old server in the table, and brings it back', async () => {
    const played = await play({ passes: ({ about }) => about.movedFraction < 1 });
    expect(ofType(played, 'quiesced')[0]).toMatchObject({ server: '10.0.0.1:80' });
    expect(played.calls.filter((stdin) => /^-d .*10\.0\.0\.1:80/m.test(stdin))).toEqual([]);
    expect(played.end.message).toContain('failed after the last step: 503');
    expect(played.after).toBe(played.before);
  });

  it('of the last step has to pass before an old server leaves the table', async () => {
    const played = await play({
      timing: { atStep: 12, when: 'before-steps', timeoutMs: 60_000 },
      takesMs: 50_000,
    });
    expect(played.end).toMatchObject({ outcome: 'done', exitCode: 0 });
    const [quiesced] = ofType(played, 'quiesced');
    const [removed] = ofType(played, 'removed');
    expect(atMs(played, removed) - atMs(played, quiesced)).toBeGreaterThanOrEqual(50_000);
  });

  it('leaves nothing behind: no question is open when the rollout has ended', async () => {
    for (const policy of [{}, { onFailure: 'hold' }] as const) {
      const played = await play(
        [
          { name: 'bad', passes: ({ about }) => about.step < 8 },
          { name: 'slow', takesMs: 900, timing: { intervalMs: 1_000, timeoutMs: 5_000 } },
        ],
        { policy },
      );
      await new Promise((resolve) => setImmediate(resolve));
      const open = played.gates.flatMap(({ asked }) =>
        asked.filter((one) => one.endedMs === undefined),
      );
      expect(open).toEqual([]);
      // Time stands still: nobody sleeps any more, on a clock that moves only for sleepers.
      const nowMs = played.simulation.clock.nowMs();
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(played.simulation.clock.nowMs()).toBe(nowMs);
    }
  });
});

const gate: GateSpec = { kind: 'command', words: ['true'] };
const canary = (stops: readonly Stop[]): Partial<RequestSketch> => ({
  ramp: { percentages: [5, 25, 100], everyMs: 10_000, overMs: 30_000, stops },
});

describe('a step of a plan file', () => {
  it('with a hold of its own stands so long, and the others keep their distance', async () => {
    const played = await play({}, canary([{ holdMs: 120_000 }, {}, {}]));
    expect(stepTimes(played)).toEqual([
      [0, 0],
      [1, 10],
      [2, 130],
      [3, 140],
    ]);
  });

  it('is held with its gates asked all through, also those that are asked before steps', async () => {
    const { gate: asked } = await play(
      { timing: { when: 'before-steps', intervalMs: 10_000 } },
      canary([{ holdMs: 120_000 }, {}, {}]),
    );
    const during = asked.asked.filter((one) => one.atMs > 10_000 && one.atMs < 130_000);
    expect(during.length).toBeGreaterThanOrEqual(12);
    expect(during.length).toBeLessThanOrEqual(14);
  });

  it('asks its own gates while it stands, and nobody else', async () => {
    const played = await play(
      { timing: { atStep: 2, when: 'before-steps' } },
      canary([{}, { gates: [gate] }, {}]),
    );
    const { gate: own } = played;
    expect(own.asked.length).toBeGreaterThan(0);
    for (const { atMs: at, about } of own.asked) {
      expect(about.step).toBe(3);
      expect(at).toBeGreaterThanOrEqual(20_000);
      expect(at).toBeLessThan(30_000);
    }
    expect(ofType(played, 'gate-passed').map(({ step }) => step)).toEqual([3]);
    expect(stepTimes(played)).toEqual([
      [0, 0],
      [1, 10],
      [2, 20],
      [3, 30],
    ]);
  });

  it('with a gate that fails goes back from exactly there', async () => {
    const played = await play(
      { timing: { atStep: 2, when: 'before-steps', fall: 1 }, passes: () => false },
      canary([{}, { gates: [gate] }, {}]),
    );
    expect(played.end.message).toContain('failed before step 3 of 3');
    expect(stepTimes(played)).toEqual([
      [0, 0],
      [1, 10],
      [2, 20],
    ]);
    expect(played.after).toBe(played.before);
  });

  it('that is manual pauses exactly there, tells how to go on, and goes on when asked to', async () => {
    const manual = canary([{}, { manual: true }, {}]);
    const played = await play({}, manual, (simulation, _, ask) => {
      simulation.at(simulation.clock.nowMs() + 300_000, () => ask({ kind: 'continue' }));
    });
    expect(
      ofType(played, 'paused').map((event) => [atMs(played, event) / 1_000, event.reason]),
    ).toEqual([[20.002, 'step 2 of 3 (25 %) waits for somebody to continue it']]);
    expect(ofType(played, 'continued').map(({ reason }) => reason)).toEqual(['asked to']);
    expect(stepTimes(played).slice(0, 3)).toEqual([
      [0, 0],
      [1, 10],
      [2, 20],
    ]);
    // Its 10 s are over long since.
    expect(stepTimes(played)[3]?.[1]).toBeCloseTo(300, -1);
    expect(played.end).toMatchObject({ outcome: 'done', exitCode: 0 });
  });

  it('that is manual and continued early still stands as long as it is to', async () => {
    const manual = canary([{ manual: true, holdMs: 120_000 }, {}, {}]);
    const played = await play({}, manual, (simulation, _, ask) => {
      simulation.at(simulation.clock.nowMs() + 15_000, () => ask({ kind: 'continue' }));
    });
    expect(stepTimes(played)).toEqual([
      [0, 0],
      [1, 10],
      [2, 130],
      [3, 140],
    ]);
  });

  it('that is manual is not overtaken by steps that are due, however late it comes', async () => {
    const manual = canary([{ manual: true }, { manual: true }, {}]);
    const slow = { takesMs: 25_000, timing: { when: 'before-steps', timeoutMs: 60_000 } } as const;
    const played = await play(slow, manual, (simulation, _, ask) => {
      for (const s of [100, 200]) {
        simulation.at(simulation.clock.nowMs() + s * 1_000, () => ask({ kind: 'continue' }));
      }
    });
    expect(stepTimes(played).map(([step]) => step)).toEqual([0, 1, 2, 3]);
    expect(ofType(played, 'paused').map(({ reason }) => reason.slice(0, 13))).toEqual([
      'step 1 of 3 (',
      'step 2 of 3 (',
    ]);
  });

  it('that is manual at 100 % keeps the old server until somebody continues', async () => {
    const manual = canary([{}, {}, { manual: true }]);
    const played = await play({}, manual, (simulation, _, ask) => {
      simulation.at(simulation.clock.nowMs() + 3_600_000, () => ask({ kind: 'continue' }));
    });
    expect(ofType(played, 'paused')).toMatchObject([
      { reason: 'step 3 of 3 (100 %) waits for somebody to continue it' },
    ]);
    const [removed] = ofType(played, 'removed');
    expect(atMs(played, removed)).toBeGreaterThan(3_600_000);
    expect(played.end).toMatchObject({ outcome: 'done', exitCode: 0 });
  });

  it('that is manual has its gates asked while it waits, and goes back when one fails', async () => {
    const played = await play(
      { passes: ({ atMs: at }) => at < 100_000 },
      canary([{ manual: true }, {}, {}]),
    );
    expect(played.gate.asked.length).toBeGreaterThan(25);
    expect(atMs(played, ofType(played, 'rollback-started')[0])).toBeLessThan(106_000);
    expect(played.after).toBe(played.before);
  });

  it('that is manual pauses again after a stop and a resume, until somebody continues', async () => {
    const manual = canary([{ manual: true }, {}, {}]);
    let ask: Parameters<NonNullable<During>>[2] = () => {};
    const played = await play({}, manual, (simulation, stop, asks) => {
      ask = asks;
      simulation.at(simulation.clock.nowMs() + 60_000, () =>
        stop({ signal: 'sigterm', again: false }),
      );
    });
    expect(played.end).toMatchObject({ outcome: 'held', exitCode: 143 });
    const { simulation } = played;
    simulation.at(simulation.clock.nowMs() + 60_000, () => ask({ kind: 'continue' }));
    expect(await played.resume()).toMatchObject({ outcome: 'done' });
    expect(ofType(played, 'paused')).toHaveLength(2);
    expect(ofType(played, 'continued').at(-1)?.reason).toBe('asked to');
  });
});
