import { describe, expect, it } from 'vitest';
import type { EventBody } from '../../../src/domain/events/event.ts';
import type { Diagnostic } from '../../../src/domain/failure.ts';
import { spinnerColumns } from '../../../src/reporters/live/live-text.ts';
import type { Output } from '../../../src/reporters/reporter.ts';
import { columnsOf } from '../../../src/reporters/text/columns.ts';
import { createTtyReporter } from '../../../src/reporters/tty-reporter.ts';
import { plannedEvents } from '../../../src/rollout/events/planned.ts';
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

  it('has the id on the live table, and the way back at the end', () => {
    const { reporter, live, lines } = show([]);
    reporter.opened?.('20260102-1');
    reporter.event(event(0, step(0)));
    expect(live.lines(24)[0]).toContain('20260102-1');
    const message = 'drained and removed';
    reporter.event(event(9, { type: 'finished', outcome: 'done', exitCode: 0, message }));
    expect(lines()).toEqual(['✔ drained and removed', '  to go back: drain rollback 20260102-1']);
  });

  it('keeps one line of each gate that passes, and every one of a failure', () => {
    const about = (type: 'gate-passed' | 'gate-failed', gate: string, n: number): EventBody => ({
      type,
      gate,
      gateKind: 'check',
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

  it('has a live table of the service during the ramp, and says what Ctrl-C does', () => {
    const { live, lines } = show([
      [0, step(0)],
      [15, step(1)],
      [16, sample(blue, 12, 300, 15)],
      [16, sample(green, 3, 0, 5)],
    ]);
    expect(live.lines(23)).toEqual([
      'ramp  10.0.0.1:80 → 10.0.0.2:80',
      '                   weight  share                  active  inact',
      'tcp/10.0.0.100:80  step 1/4  ━━━━━━──────────────────  25 % moved  next in 0:14',
      '  10.0.0.1:80 old   20→15  ████▊     60 %  ██████     12    300  draining',
      '  10.0.0.2:80 new     0→5  █▋        20 %  █▌          3      0  filling',
      '  10.0.0.3:80           5  █▋        20 %',
      '  0:16 elapsed · ramp ends in 0:44 · Ctrl-C holds it',
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
    expect(live.lines(23).slice(0, 3)).toEqual([
      'drain  10.0.0.1:80 → 10.0.0.2:80',
      '                   weight  share                  active  inact',
      'tcp/10.0.0.100:80  waits for 0:12 of 10:00  9 connections left',
    ]);
  });

  it('says why a server does not drain, above and in the line', () => {
    const { live, lines } = show([
      [0, step(4)],
      [0, quiesced],
      [30, sample(blue, 2)],
      [30, { type: 'not-draining', ...atBlue, reason: 'dead-peer', connections: 2 }],
    ]);
    expect(live.lines(23)[3]).toMatch(/ {2}0:30 dead peer$/);
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
    expect(live.lines(23)[2]).toBe('tcp/10.0.0.100:80  removed after 9s');
  });

  it('shows a warning of the planner once, and one of the engine as well', () => {
    const { output, lines } = fakeOutput();
    const reporter = createTtyReporter(output, fakeLiveText().start);
    const warnings: readonly Diagnostic[] = [
      { severity: 'warning', code: 'persistent-service', message: 'it is persistent' },
      { severity: 'warning', code: 'scale', message: 'it is coarse', next: 'use longer steps' },
    ];
    reporter.plan(plan(), warnings);
    for (const body of plannedEvents(plan(), warnings).slice(1)) reporter.event(event(0, body));
    reporter.event(event(1, { type: 'warning', code: 'x', message: 'late news' }));
    expect(lines().filter((line) => line.startsWith('!'))).toEqual([
      '! it is persistent',
      '! it is coarse – use longer steps',
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

  it('is never taller than the room that it is given', () => {
    const steps = Array.from({ length: 12 }, (_, index): readonly [number, EventBody] => [
      0,
      stepApplied(0, 4, { [blue]: 20 }, { service: `fwm/${index + 1}` }),
    ]);
    const { live } = show(steps);
    expect(live.lines(8)).toHaveLength(8);
    expect(live.lines(8).at(-2)).toBe('… and 7 more: 7 under way');
    expect(live.lines(23).filter((line) => line.startsWith('fwm/'))).toHaveLength(12);
  });

  it('names the directors where there are several', () => {
    const { live } = show([
      [0, stepApplied(0, 4, { [blue]: 20 }, { director: 'lb1' })],
      [0, stepApplied(0, 4, { [blue]: 20 }, { director: 'lb2' })],
    ]);
    const titles = live.lines(23).filter((line) => line.startsWith('tcp/'));
    expect(titles.map((line) => line.slice(0, 30))).toEqual([
      'tcp/10.0.0.100:80 on lb1  step',
      'tcp/10.0.0.100:80 on lb2  step',
    ]);
  });

  it('shows what is left of a rollout that was resumed after its ramp', () => {
    const { live } = show([
      [0, sample(blue, 7)],
      [5, sample(blue, 6)],
    ]);
    expect(live.lines(23).slice(0, 3)).toEqual([
      'under way  10.0.0.1:80 → 10.0.0.2:80',
      '                   weight  share                  active  inact',
      'tcp/10.0.0.100:80  waits for 0:05 of 10:00  6 connections left',
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
          const [first = '', ...rest] = show(shown, { columns, colour }).live.lines(23);
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
    expect(plain.text() + plain.live.lines(23).join()).not.toContain('\x1b');
    const coloured = show(events, { colour: true });
    expect(coloured.lines()).toEqual(['\x1b[33m!\x1b[39m warning: mind this']);
    expect(coloured.live.lines(23)[2]).toContain('\x1b[32m━');
  });
});
