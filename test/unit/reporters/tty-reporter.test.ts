import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { EventBody } from '../../../src/domain/event.ts';
import { spinnerColumns } from '../../../src/reporters/live-text.ts';
import type { Output } from '../../../src/reporters/reporter.ts';
import { columnsOf } from '../../../src/reporters/text/columns.ts';
import { createTtyReporter, oraLiveText } from '../../../src/reporters/tty-reporter.ts';
import {
  atBlue,
  blue,
  event,
  fakeLiveText,
  fakeOutput,
  green,
  plan,
  sample,
  stepApplied,
  third,
} from './builders.ts';

const step = (n: number): EventBody =>
  stepApplied(n, 4, { [blue]: 20 - 5 * n, [green]: 5 * n, [third]: 5 });

/** A rollout up to some point, on a fake terminal. */
function show(
  events: readonly (readonly [number, EventBody])[],
  options: Partial<Output> = {},
  planned = plan(),
) {
  const terminal = fakeOutput(options);
  const live = fakeLiveText();
  const reporter = createTtyReporter(terminal.output, live.start);
  reporter.plan(planned, []);
  const above = terminal.lines().length;
  for (const [seconds, body] of events) reporter.event(event(seconds, body));
  return {
    reporter,
    live: live.state,
    lines: () => terminal.lines().slice(above),
    text: terminal.text,
  };
}

const quiesced: EventBody = { type: 'quiesced', ...atBlue };

describe('the terminal', () => {
  it('shows the plan first, and nothing live before the first step', () => {
    const { live, text } = show([]);
    expect(text()).toContain('  step   time  moved  10.0.0.1:80');
    expect(text().endsWith('\n\n')).toBe(true);
    expect(live.started).toBe(0);
  });

  it('keeps one line of each gate that passes, and every one of a failure', () => {
    const about = (type: 'gate-passed' | 'gate-failed', gate: string, n: number): EventBody => ({
      type,
      gate,
      step: n,
      detail: 'so',
    });
    const { lines } = show([
      [0, about('gate-passed', 'a', 0)],
      [5, about('gate-passed', 'a', 1)],
      [5, about('gate-passed', 'b', 1)],
      [9, about('gate-failed', 'a', 2)],
    ]);
    expect(lines()).toEqual([
      '· gate a passed before step 0: so',
      '· gate b passed before step 1: so',
      '! gate a failed before step 2: so',
    ]);
  });

  it('has a live line for the service during the ramp', () => {
    const { live, lines } = show([
      [0, step(0)],
      [15, step(1)],
      [16, sample(blue, 12, 300, 15)],
      [16, sample(green, 3, 0, 5)],
    ]);
    expect(live.lines()).toEqual([
      'ramp  10.0.0.1:80 → 10.0.0.2:80  0:16 of 1:00',
      '  tcp/10.0.0.100:80  step 1/4  ━━━━────────────  25 %  old 15 new 5  12 active',
    ]);
    expect(lines()).toEqual([]);
  });

  it('says what a drain waits for', () => {
    const { live } = show([
      [0, step(0)],
      [60, step(4)],
      [60, quiesced],
      [72, sample(blue, 9, 300)],
    ]);
    const waits = '  tcp/10.0.0.100:80  0:12 of 10:00  10.0.0.1:80 has 9 connections';
    expect(live.lines()).toEqual(['drain  10.0.0.1:80 → 10.0.0.2:80  1:12', waits]);
  });

  it('says why a server does not drain, above and in the line', () => {
    const { live, lines } = show([
      [0, step(4)],
      [0, quiesced],
      [30, sample(blue, 2)],
      [30, { type: 'not-draining', ...atBlue, reason: 'dead-peer', connections: 2 }],
    ]);
    expect(live.lines()[1]).toContain('0:30 of 10:00  10.0.0.1:80 has 2 connections (dead-peer)');
    expect(lines().slice(1)).toEqual([
      '! tcp/10.0.0.100:80: 10.0.0.1:80 does not drain: 2 connections that may be over,',
      '  for answers do not pass the director; they leave the table when their timeout',
      '  has passed (ipvsadm -L --timeout)',
    ]);
  });

  it('keeps what matters above the live lines', () => {
    const { live, lines } = show([
      [0, step(4)],
      [0, quiesced],
      [1, sample(blue, 0, 3)],
      [5, sample(blue, 0, 0)],
      [9, { type: 'drained', ...atBlue, afterMs: 9_000 }],
      [9, { type: 'removed', ...atBlue, afterMs: 9_004 }],
    ]);
    expect(lines()).toEqual([
      '· tcp/10.0.0.100:80: 10.0.0.1:80 is at weight 0; its connections are left to end',
      '· tcp/10.0.0.100:80: 10.0.0.1:80 is empty, 9s after its weight became 0',
      '· tcp/10.0.0.100:80: 10.0.0.1:80 is removed, 9s after its weight became 0',
    ]);
    expect(live.writtenAbove).toBe(3);
    expect(live.lines()[1]).toBe('  tcp/10.0.0.100:80  10.0.0.1:80 removed after 9s');
  });

  it('shows a warning of the planner once, and one of the engine as well', () => {
    const { output, lines } = fakeOutput();
    const reporter = createTtyReporter(output, fakeLiveText().start);
    const warning = { code: 'persistent-service', message: 'it is persistent' };
    reporter.plan(plan(), [{ severity: 'warning', ...warning }]);
    reporter.event(event(0, { type: 'warning', ...warning }));
    reporter.event(event(1, { type: 'warning', code: 'x', message: 'late news' }));
    expect(lines().filter((line) => line.startsWith('!'))).toEqual([
      '! it is persistent',
      '! warning: late news',
    ]);
  });

  it.each([
    ['done', 0, '✔ all is well'],
    ['rolled-back', 0, '✔ all is well'],
    ['held', 4, '⏸ all is well (held, exit code 4)'],
    ['rolled-back', 5, '✖ all is well (rolled-back, exit code 5)'],
    ['refused', 3, '✖ all is well (refused, exit code 3)'],
  ] as const)('ends with a mark for %s, exit code %i', (outcome, exitCode, last) => {
    const finished: EventBody = { type: 'finished', outcome, exitCode, message: 'all is well' };
    const { live, lines } = show([
      [0, step(0)],
      [1, finished],
    ]);
    expect(lines()).toEqual([last]);
    expect(live.running).toBe(false);
  });

  it('takes the live lines off when it is closed early, and more than once', () => {
    const { reporter, live } = show([[0, step(0)]]);
    expect(live.running).toBe(true);
    reporter.close();
    reporter.close();
    expect(live.running).toBe(false);
  });

  it('has room for ten services and counts the others', () => {
    const steps = Array.from({ length: 12 }, (_, index): readonly [number, EventBody] => [
      0,
      stepApplied(0, 4, { [blue]: 20 }, { service: `fwm/${index + 1}` }),
    ]);
    const { live } = show(steps);
    expect(live.lines()).toHaveLength(12);
    expect(live.lines().at(-1)).toBe('  + 2 more services');
  });

  it('names the directors where there are several', () => {
    const { live } = show([
      [0, stepApplied(0, 4, { [blue]: 20 }, { director: 'lb1' })],
      [0, stepApplied(0, 4, { [blue]: 20 }, { director: 'lb2' })],
    ]);
    expect(
      live
        .lines()
        .slice(1)
        .map((line) => line.slice(0, 32)),
    ).toEqual(['  tcp/10.0.0.100:80 on lb1  step', '  tcp/10.0.0.100:80 on lb2  step']);
  });

  it('shows what is left of a rollout that was resumed after its ramp', () => {
    const { live } = show([[0, sample(blue, 7)]]);
    expect(live.lines()).toEqual([
      'under way  10.0.0.1:80 → 10.0.0.2:80  0:00',
      '  tcp/10.0.0.100:80  7 active',
    ]);
  });

  it('never draws into the last column, with the spinner before the first line', () => {
    for (let columns = 10; columns <= 120; columns += 5) {
      for (const colour of [false, true]) {
        const events: readonly (readonly [number, EventBody])[] = [
          [0, step(2)],
          [1, sample(blue, 12, 300, 15)],
          [2, quiesced],
        ];
        for (const shown of [events.slice(0, 2), events]) {
          const [first = '', ...rest] = show(shown, { columns, colour }).live.lines();
          expect(columnsOf(first)).toBeLessThan(columns - spinnerColumns);
          for (const line of rest) expect(columnsOf(line)).toBeLessThan(columns);
        }
      }
    }
  });

  it('has colours only where they are wanted', () => {
    const events: readonly (readonly [number, EventBody])[] = [
      [0, step(2)],
      [1, { type: 'warning', code: 'x', message: 'mind this' }],
    ];
    const plain = show(events);
    expect(plain.text() + plain.live.lines().join()).not.toContain('\x1b');
    const coloured = show(events, { colour: true });
    expect(coloured.lines()).toEqual(['\x1b[33m!\x1b[39m warning: mind this']);
    expect(coloured.live.lines()[1]).toContain('\x1b[32m━');
  });
});

describe('live text by ora', () => {
  /** A terminal in which cursor movements are words. */
  function terminal() {
    let text = '';
    const stream = new Writable({
      write(chunk, _, done) {
        text += String(chunk);
        done();
      },
    });
    const moves = {
      isTTY: true,
      columns: 80,
      rows: 24,
      cursorTo: () => stream.write('<start>'),
      moveCursor: () => stream.write('<up>'),
      clearLine: () => stream.write('<clear>'),
    };
    Object.assign(stream, moves);
    return { stream: stream as unknown as NodeJS.WriteStream, text: () => text };
  }

  it('draws its lines, makes way for others, and leaves nothing behind', () => {
    const { stream, text } = terminal();
    let shown = ['one', 'two'];
    const live = oraLiveText(stream, false)(() => shown);
    expect(text()).toMatch(/⠋ {2}one\ntwo/);
    shown = ['three'];
    live.above(() => stream.write('important\n'));
    expect(text()).toContain('<up><clear><start>important\n');
    expect(text()).toContain('three');
    live.stop();
    expect(text().endsWith('<start><clear>\x1b[?25h')).toBe(true);
    expect(text()).not.toContain('\x1b[36m');
  });
});
