import { describe, expect, it } from 'vitest';
import type { DrainEvent } from '../../../../src/domain/events/event.ts';
import type { GateTiming } from '../../../../src/rollout/gates/gate-state.ts';
import type { Clock, GateAnswer, GateContext } from '../../../../src/rollout/ports.ts';
import { connect } from '../../../support/simulated-ipvs.ts';
import {
  type Played,
  playRollout,
  type RequestSketch,
} from '../../../support/simulated-rollout.ts';

const table = `-A -t 10.0.0.100:80 -s wrr
-a -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 100
`;
const good: GateAnswer = { passed: true, detail: '0 <= 0.01' };
const bad: GateAnswer = { passed: false, detail: '1 is not <= 0.01' };
const empty: GateAnswer = { passed: false, noData: 'empty', detail: 'no series' };
const away: GateAnswer = { passed: false, noData: 'no-answer', detail: 'refused' };

const prometheus: GateTiming = {
  intervalMs: 15_000,
  timeoutMs: 5_000,
  rise: 1,
  fall: 2,
  againMs: 15_000,
  againWithoutDataMs: 2_000,
  when: 'before-steps',
};

interface Asked {
  readonly atMs: number;
  readonly about: GateContext;
}

type Answers = (asked: Asked, nth: number) => GateAnswer;

/** A ramp of 6 steps in a minute under ten connections a second, with a gate that answers by a script. */
async function play(
  answers: Answers,
  timing: Partial<GateTiming> = {},
  sketch: Partial<RequestSketch> = {},
): Promise<Played & { readonly asked: readonly Asked[] }> {
  const asked: Asked[] = [];
  const gatesOn = (clock: Clock) => {
    const startMs = clock.nowMs();
    const ask = async (about: GateContext): Promise<GateAnswer> => {
      const one = { atMs: clock.nowMs() - startMs, about };
      asked.push(one);
      return answers(one, asked.length - 1);
    };
    const gate = { name: 'gate-prometheus p#errors<=0.01', kind: 'prometheus', ask } as const;
    return [{ gate, timing: { ...prometheus, ...timing } }];
  };
  const played = await playRollout(
    { from: '10.0.0.1', to: '10.0.0.2', ramp: { overMs: 60_000, everyMs: 10_000 }, ...sketch },
    { seed: 3, table },
    (simulation) => {
      const everyMs = 100;
      const next = async (): Promise<void> => {
        for (let nth = 0; nth < 1_800; nth++) {
          const connection = connect(simulation, 2_000 + nth);
          simulation.kernel.connections.fromClient(connection, 'fin');
          simulation.kernel.connections.fromServer(connection, 'fin');
          await simulation.clock.sleepUntil(simulation.clock.nowMs() + everyMs);
        }
      };
      void next();
    },
    gatesOn,
  );
  return { ...played, asked };
}

type EventOf<T extends DrainEvent['type']> = DrainEvent & { readonly type: T };
const ofType = <T extends DrainEvent['type']>({ events }: Played, type: T) =>
  events.filter((event): event is EventOf<T> => event.type === type);
const secondsOf = (played: Played): Readonly<Record<number, number>> =>
  Object.fromEntries(
    ofType(played, 'step-applied').map((event) => [
      event.step,
      Math.round((Date.parse(event.at) - played.startMs) / 1_000),
    ]),
  );

describe('an answer that says nothing', () => {
  it('holds the step for as long as it lasts, tells so ever less often, and rolls nothing back', async () => {
    const played = await play(({ atMs }) => (atMs > 12_000 && atMs < 132_000 ? away : good));
    expect(played.end).toMatchObject({ outcome: 'done', exitCode: 0 });
    const waits = ofType(played, 'gate-waiting');
    expect(waits[0]).toMatchObject({ step: 2, reason: 'no-answer', detail: 'refused' });
    expect(waits.map(({ waitedMs }) => Math.round(waitedMs / 1_000))).toEqual([
      2, 4, 8, 16, 32, 64,
    ]);
    expect(ofType(played, 'gate-failed')).toEqual([]);
    const { 1: first = 0, 2: second = 0, 3: third = 0 } = secondsOf(played);
    expect([first, third - second]).toEqual([10, 10]);
    // Asked every two seconds, so that the step comes soon after there is data.
    expect(second).toBeGreaterThanOrEqual(132);
    expect(second).toBeLessThanOrEqual(135);
  });

  it('is no obstacle before the new server has weight, and one from then on', async () => {
    const played = await play(({ about }) => ((about.connections?.new ?? 0) < 10 ? empty : good));
    expect(played.end).toMatchObject({ outcome: 'done' });
    const { 0: start, 1: first, 2: second = 0 } = secondsOf(played);
    expect([start, first]).toEqual([0, 10]);
    expect(second).toBeGreaterThanOrEqual(20);
    expect(played.asked.some(({ about }) => (about.connections?.new ?? 0) > 0)).toBe(true);
  });

  it('holds the switch in one step, unless the query is about the new servers', async () => {
    const once = { ramp: { overMs: 0, everyMs: 1_000 } };
    const lasts: Answers = ({ atMs }) => (atMs < 30_000 ? empty : good);
    expect(secondsOf(await play(lasts, {}, once))[1]).toBeGreaterThanOrEqual(30);
    expect(secondsOf(await play(lasts, { about: 'new' }, once))[1]).toBe(0);
  });

  it('fails where the file says so', async () => {
    const played = await play(({ atMs }) => (atMs > 15_000 ? empty : good), { noData: 'fail' });
    expect(played.end).toMatchObject({ outcome: 'rolled-back', exitCode: 5 });
    expect(played.after).toBe(played.before);
  });
});

describe('a gate from a number of connections on', () => {
  it('is asked when the new server has got them, and no step but the first with weight goes before', async () => {
    const after = { kind: 'connections', connections: 100 } as const;
    const played = await play(() => good, { after });
    expect(played.end).toMatchObject({ outcome: 'done' });
    for (const { about } of played.asked) {
      expect(about.connections?.new).toBeGreaterThanOrEqual(100);
    }
    const { 0: start, 1: first, ...others } = secondsOf(played);
    // The step after the wait may be one edit for two of them.
    const second = Math.min(...Object.values(others));
    // A sixth of ten connections a second: a hundred take a minute.
    expect([start, first]).toEqual([0, 10]);
    expect(second).toBeGreaterThan(60);
    expect(second).toBeLessThan(90);
    expect(ofType(played, 'gate-waiting')[0]).toMatchObject({
      step: 2,
      reason: 'connections',
      detail: expect.stringMatching(/^\d+ of 100 connections have come to the new servers$/),
    });
  });
});

describe('a gate from a time on', () => {
  it('is not asked before, and has its say from the second step with weight on', async () => {
    const played = await play(() => good, { after: { kind: 'time', ms: 45_000 } });
    expect(played.asked[0]?.atMs).toBeGreaterThanOrEqual(45_000);
    const { 0: start, 1: first, ...others } = secondsOf(played);
    expect([start, first, Math.min(...Object.values(others))]).toEqual([0, 10, 45]);
    expect(ofType(played, 'gate-waiting')[0]).toMatchObject({ step: 2, reason: 'time' });
  });
});

describe('a gate that says no', () => {
  it('may do so as often as is allowed', async () => {
    const some: Answers = (_, nth) => (nth % 3 === 1 ? bad : good);
    const terms = { when: 'always', intervalMs: 2_000, againMs: 2_000 } as const;
    const allowed = await play(some, { ...terms, failures: { of: 6, allowed: 2 } });
    expect(allowed.end).toMatchObject({ outcome: 'done' });
    const refused = await play(some, { ...terms, failures: { of: 6, allowed: 1 } });
    expect(refused.end).toMatchObject({ outcome: 'rolled-back', exitCode: 5 });
  });

  it('is asked again at its period only', async () => {
    const played = await play(({ atMs }) => (atMs > 12_000 && atMs < 30_000 ? bad : good));
    const times = played.asked.map(({ atMs }) => Math.round(atMs / 1_000));
    expect(times.filter((at) => at > 12 && at < 35)).toEqual([15, 30]);
    expect(played.end).toMatchObject({ outcome: 'done' });
  });

  it('holds, or only reports, where it says so', async () => {
    const fromThen: Answers = ({ atMs }) => (atMs > 25_000 ? bad : good);
    const held = await play(fromThen, { onFailure: 'hold' });
    expect(held.end).toMatchObject({ outcome: 'held', exitCode: 5 });
    const reported = await play(fromThen, { onFailure: 'report' });
    expect(reported.end).toMatchObject({ outcome: 'done', exitCode: 0 });
    expect(ofType(reported, 'gate-failed')).toHaveLength(1);
    expect(secondsOf(reported)).toEqual({ 0: 0, 1: 10, 2: 20, 3: 30, 4: 40, 5: 50, 6: 60 });
  });

  it('and yes by turns is named as what is waited for', async () => {
    const played = await play((_, nth) => (nth < 200 ? (nth % 2 === 0 ? good : bad) : good), {
      when: 'always',
      intervalMs: 1_000,
      againMs: 1_000,
      rise: 2,
      fall: 9,
    });
    expect(ofType(played, 'gate-waiting')[0]).toMatchObject({ reason: 'alternating' });
    expect(played.end).toMatchObject({ outcome: 'done' });
  });
});

describe('a gate that compares both sides', () => {
  it('has no say after the last step, from which on the old side gets nothing more', async () => {
    const played = await play(({ about }) => (about.movedFraction < 1 ? good : empty), {
      about: 'both',
    });
    expect(played.end).toMatchObject({ outcome: 'done' });
    expect(played.asked.every(({ about }) => about.movedFraction < 1)).toBe(true);
    const { connections } = played.asked.at(-1)?.about ?? {};
    expect(connections?.old).toBeGreaterThan(100);
  });
});
