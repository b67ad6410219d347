import { describe, expect, it } from 'vitest';
import type { ServerKey, ServiceKey } from '../../../src/domain/address.ts';
import type { DrainEvent } from '../../../src/domain/events/event.ts';
import { createSimulatedIpvsadm } from '../../../src/ipvs/simulated/simulated-director.ts';
import { sharesByStep, worstDeviation } from '../../../src/reporters/demo/delivered-shares.ts';
import { demoFrame } from '../../../src/reporters/demo/demo-frame.ts';
import { createDemoPicture } from '../../../src/reporters/demo/demo-picture.ts';
import {
  addToRecord,
  type DemoRecord,
  openRecord,
} from '../../../src/reporters/demo/demo-record.ts';
import { createDemoSummary, demoSummary } from '../../../src/reporters/demo/demo-summary.ts';
import type { DemoTraffic } from '../../../src/reporters/demo/demo-traffic.ts';
import { spinnerColumns } from '../../../src/reporters/live/live-text.ts';
import type { Reporter } from '../../../src/reporters/reporter.ts';
import { columnsOf } from '../../../src/reporters/text/columns.ts';
import { painter } from '../../../src/reporters/text/paint.ts';
import {
  atBlue,
  blue,
  event,
  fakeLiveText,
  fakeOutput,
  green,
  plan,
  sample,
  servicePlan,
  stepApplied,
  web,
} from './builders.ts';

const paint = painter(false);

/** Traffic whose counts a test sets; 500 connections of its warm-up are over. */
function fakeTraffic() {
  const servers = servicePlan().servers;
  const counts = new Map<ServerKey, number>(servers.map((server) => [server, 500]));
  const delivered = new Map([[web as ServiceKey, counts]]);
  const traffic = { delivered, refused: 3, reset: 0, hung: 0 };
  const add = (each: readonly number[]): void => {
    for (const [index, server] of servers.entries()) {
      counts.set(server, (counts.get(server) ?? 0) + (each[index] ?? 0));
    }
  };
  return { traffic: traffic satisfies DemoTraffic, add };
}

/** A minute of ramp in 4 steps, 25 connections a second just as planned, then a drain of 10 s. */
function* rollout(add: (each: readonly number[]) => void): Iterable<DrainEvent> {
  for (let second = 0; second <= 70; second++) {
    const moved = 5 * Math.min(4, Math.floor(second / 15));
    if (second % 15 === 0 && second <= 60) {
      yield event(second, stepApplied(second / 15, 4, {}));
    }
    if (second === 60) yield event(second, { type: 'quiesced', ...atBlue });
    yield event(second, sample(blue, Math.max(0, 140 - 2 * second)));
    if (second < 70) add([20 - moved, moved, 5]);
  }
  yield event(70, { type: 'drained', ...atBlue, afterMs: 10_000 });
  yield event(70, { type: 'removed', ...atBlue, afterMs: 10_000 });
  yield event(70, { type: 'finished', outcome: 'done', exitCode: 0, message: 'all moved' });
}

function recordUntil(seconds: number, disturb = (_: ReturnType<typeof fakeTraffic>): void => {}) {
  const fake = fakeTraffic();
  let record = openRecord(plan(), fake.traffic) as DemoRecord;
  for (const one of rollout(fake.add)) {
    if (Date.parse(one.at) > Date.UTC(2026, 0, 1) + seconds * 1_000) break;
    record = addToRecord(record, one, fake.traffic);
    if (one.type === 'step-applied') disturb(fake);
  }
  return record;
}

const frameAt = (seconds: number, width = 80): readonly string[] =>
  demoFrame(recordUntil(seconds), width, paint).map((line) => line.trimEnd());

describe('a picture of the demo', () => {
  it('shows weights, shares and both curves during the ramp', () => {
    expect(frameAt(36)).toEqual([
      'ramp  10.0.0.1:80 → 10.0.0.2:80  0:36 of 1:00  step 2 of 4',
      '                  weight  planned                    delivered',
      '  10.0.0.1:80 old     10  ██████▊            40.0 %  ██████▊            40.0 %',
      '  10.0.0.2:80 new     10  ██████▊            40.0 %  ██████▊            40.0 %',
      '  10.0.0.3:80          5  ███▍               20.0 %  ███▍               20.0 %',
      '',
      '  new connections on 10.0.0.2:80: █ delivered, · planned',
      '    80 %                                                       ···············',
      '                                                 ··············',
      '                                    █████········',
      '     0 %               ██████████████████',
      '  active connections on 10.0.0.1:80; the ramp ends at 1:00',
      '     138 ██▇▇▇▆▆▅▅▅▄▄▃▃▃▂▂▁▁▁',
      '         ██████████████████████▇▇▇▆▆▆▅▅▄▄',
      '       0 ████████████████████████████████',
      '         0:00                                                 1:00',
    ]);
  });

  it('says how many connections are left during the drain', () => {
    expect(frameAt(65)[0]).toBe('drain  10.0.0.1:80 → 10.0.0.2:80  1:05  10 connections left');
    expect(frameAt(65)[2]).toBe(
      '  10.0.0.1:80 old      0                      0.0 %                      0.0 %',
    );
  });

  it('ends on the final weights and the whole time', () => {
    const frame = frameAt(70);
    expect(frame[0]).toBe('removed  10.0.0.1:80 → 10.0.0.2:80  1:10');
    expect(frame[2]).toMatch(/^ {2}10\.0\.0\.1:80 old {6}– /);
    expect(frame[3]).toMatch(/^ {2}10\.0\.0\.2:80 new {4}100 /);
    expect(frame.at(-1)).toMatch(/^ {9}0:00 +1:00 +1:10$/);
  });

  it('shows what the step before delivered until the step has a connection', () => {
    expect(frameAt(15)[3]).toMatch(/new {6}5 .* 20\.0 % .* 0\.0 %$/);
    expect(frameAt(16)[3]).toMatch(/new {6}5 .* 20\.0 % .* 20\.0 %$/);
  });

  it('has at most 16 lines for three servers, none wider than the terminal', () => {
    for (const seconds of [0, 1, 20, 60, 65, 70]) {
      const record = recordUntil(seconds);
      expect(demoFrame(record, 80, paint).length).toBeLessThanOrEqual(16);
      for (let width = 10; width <= 150; width += 7) {
        for (const colour of [false, true]) {
          const [first = '', ...rest] = demoFrame(record, width, painter(colour));
          expect(columnsOf(first)).toBeLessThan(width - spinnerColumns);
          for (const line of rest) expect(columnsOf(line)).toBeLessThan(width);
        }
      }
    }
  });
});

describe('the record of a demo', () => {
  it('counts the connections of every step, and none of the warm-up', () => {
    expect(
      sharesByStep(recordUntil(70)).map(({ step, connections }) => [step, connections]),
    ).toEqual([
      [0, 375],
      [1, 375],
      [2, 375],
      [3, 375],
      [4, 250],
    ]);
  });

  it('finds no deviation where everything went as planned', () => {
    expect(worstDeviation(sharesByStep(recordUntil(70)))?.fraction).toBeCloseTo(0);
  });

  it('finds the worst deviation', () => {
    // 25 connections too many on the bystander in each step: most in the short last one.
    const record = recordUntil(70, ({ add }) => add([0, 0, 25]));
    const worst = worstDeviation(sharesByStep(record));
    expect(worst).toMatchObject({ step: 4 });
    expect(worst?.fraction).toBeCloseTo(75 / 275 - 0.2);
  });

  it('does not listen to other services', () => {
    const record = recordUntil(36);
    const elsewhere = event(99, stepApplied(4, 4, {}, { service: 'fwm/7' }));
    expect(addToRecord(record, elsewhere, fakeTraffic().traffic)).toBe(record);
  });

  it('takes the statistics of the simulation as they are', () => {
    const sim = createSimulatedIpvsadm({ seed: 1 });
    expect(openRecord(plan(), sim.statistics satisfies DemoTraffic)?.phase).toBe('ramp');
  });
});

describe('the summary of a demo', () => {
  const summary = demoSummary(recordUntil(70), 80, paint).split('\n');

  it('compares planned and delivered shares step by step', () => {
    expect(summary.slice(0, 6)).toEqual([
      '  step  planned  delivered  share of new connections on 10.0.0.2:80',
      '     0    0.0 %      0.0 %',
      '     1   20.0 %     20.0 %  ██████████',
      '     2   40.0 %     40.0 %  ████████████████████',
      '     3   60.0 %     60.0 %  ██████████████████████████████',
      '     4   80.0 %     80.0 %  ████████████████████████████████████████',
    ]);
  });

  it('counts what went wrong, which should be nothing', () => {
    expect(summary.slice(-4)).toEqual([
      '  1,750 new connections: 0 refused, 0 reset, 0 hung',
      '  worst share: 0.00 percentage points off the plan, 0.0 connections (step 0)',
      '  10.0.0.1:80: weight 0 at 1:00, empty 10s later and removed',
      '',
    ]);
    const bad = recordUntil(70, ({ traffic }) => traffic.refused++);
    expect(demoSummary(bad, 80, paint)).toContain('5 refused, 0 reset, 0 hung');
  });

  it('is never wider than the page', () => {
    for (let width = 20; width <= 150; width += 7) {
      for (const line of demoSummary(recordUntil(70), width, paint).split('\n')) {
        expect(columnsOf(line)).toBeLessThanOrEqual(width);
      }
    }
  });
});

describe('the reporters of the demo', () => {
  function play(create: (fake: ReturnType<typeof fakeTraffic>) => Reporter): void {
    const fake = fakeTraffic();
    const reporter = create(fake);
    reporter.plan(plan(), []);
    for (const one of rollout(fake.add)) reporter.event(one);
    reporter.close();
  }

  it('play the film on a terminal, and leave its last picture and the results', () => {
    const { output, lines } = fakeOutput();
    const live = fakeLiveText();
    play(({ traffic }) => createDemoPicture(output, live.start, traffic));
    expect(live.state).toMatchObject({ started: 1, running: false, writtenAbove: 0 });
    expect(lines()[0]).toBe('removed  10.0.0.1:80 → 10.0.0.2:80  1:10');
    expect(lines().at(-1)).toBe('✔ all moved');
    expect(lines().at(-4)).toBe('  1,750 new connections: 0 refused, 0 reset, 0 hung');
  });

  it('keep bad news above the picture', () => {
    const { output, lines } = fakeOutput();
    const live = fakeLiveText();
    const reporter = createDemoPicture(output, live.start, fakeTraffic().traffic);
    reporter.plan(plan(), []);
    reporter.event(event(0, stepApplied(0, 4, {})));
    reporter.event(event(1, { type: 'paused', reason: 'asked to' }));
    reporter.close();
    expect(lines()).toEqual(['· paused: asked to']);
    expect(live.state.running).toBe(false);
  });

  it('write the summary to a pipe when the demo is over', () => {
    const { output, lines } = fakeOutput();
    play(({ traffic }) => createDemoSummary(output, traffic));
    expect(lines()[1]).toBe('  step  planned  delivered  share of new connections on 10.0.0.2:80');
  });

  it('have colours only where they are wanted', () => {
    for (const colour of [false, true]) {
      const { output, text } = fakeOutput({ colour });
      play(({ traffic }) => createDemoPicture(output, fakeLiveText().start, traffic));
      expect(text().includes('\x1b[32m█')).toBe(colour);
      expect(text().includes(green)).toBe(true);
    }
  });
});
