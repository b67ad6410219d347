import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DrainEvent, EventBody } from '../../../src/domain/events/event.ts';
import { LiveBoard } from '../../../src/reporters/live/live-board.ts';
import { liveLines } from '../../../src/reporters/live/live-lines.ts';
import { columnsOf } from '../../../src/reporters/text/columns.ts';
import { painter } from '../../../src/reporters/text/paint.ts';
import { watchLines } from '../../../src/reporters/watch/watch-lines.ts';
import { hostileTexts } from '../../support/hostile-texts.ts';
import {
  atBlue,
  blue,
  event,
  green,
  type PlanOptions,
  plan,
  sample,
  servicePlan,
  stepApplied,
  third,
} from './builders.ts';

type Story = readonly (readonly [number, EventBody])[];

function boardOf(story: Story, options: PlanOptions = {}): LiveBoard {
  const board = new LiveBoard();
  board.open(plan(options));
  for (const [seconds, body] of story) board.add(event(seconds, body));
  return board;
}

const frame = (
  board: LiveBoard,
  { columns = 79, rows = 23, colour = false } = {},
): readonly string[] =>
  liveLines(board, { columns, rows, headingIndent: 2, how: ['Ctrl-C holds it'] }, painter(colour));

const step = (n: number): EventBody =>
  stepApplied(n, 4, { [blue]: 20 - 5 * n, [green]: 5 * n, [third]: 5 });

const ramp: Story = [
  [0, step(0)],
  [1, sample(blue, 40, 0, 20)],
  [15, step(1)],
  [15, { type: 'gate-passed', gate: 'ipvs', gateKind: 'ipvs', step: 1, detail: 'fine' }],
  [20, sample(blue, 32, 1_302, 15)],
  [20, sample(green, 10, 21, 5)],
];

const drain: Story = [
  ...ramp,
  [60, step(4)],
  [60, { type: 'quiesced', ...atBlue }],
  [72, sample(blue, 9, 300)],
  [72, sample(green, 40, 12, 20)],
];

const colours = new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, 'g');
const uncoloured = (line: string): string => line.replaceAll(colours, '');

describe('the board at 80 columns', () => {
  it('shows a ramp: steps, shares, weights, connections, what is to come', () => {
    expect(frame(boardOf(ramp))).toEqual([
      'ramp  10.0.0.1:80 → 10.0.0.2:80',
      '                   weight  share                  active  inact',
      'tcp/10.0.0.100:80  step 1/4  ━━━━━━──────────────────  25 % moved  next in 0:10',
      '  10.0.0.1:80 old   20→15  ████▊     60 %  ████▊      32  1,302  draining',
      '  10.0.0.2:80 new     0→5  █▋        20 %  █▌         10     21  filling',
      '  10.0.0.3:80           5  █▋        20 %',
      '  0:20 elapsed · ramp ends in 0:40 · 1 gate passed · Ctrl-C holds it',
    ]);
  });

  it('shows what a drain waits for', () => {
    expect(frame(boardOf(drain))).toEqual([
      'drain  10.0.0.1:80 → 10.0.0.2:80',
      '                   weight  share                  active  inact',
      'tcp/10.0.0.100:80  waits for 0:12 of 10:00  9 connections left',
      '  10.0.0.1:80 old    20→0             0 %  █▍          9    300  quiesced 0:12',
      '  10.0.0.2:80 new    0→20  ██████▍   80 %  ██████     40     12',
      '  10.0.0.3:80           5  █▋        20 %',
      '  1:12 elapsed · 1 gate passed · Ctrl-C holds it',
    ]);
  });

  it('counts how long a server has been empty, of the time that it must be', () => {
    const board = boardOf([...drain, [80, sample(blue, 0)], [83, sample(blue, 0)]]);
    expect(frame(board)[3]).toMatch(/ {2}empty 3s of 5s$/);
    board.add(event(85, { type: 'drained', ...atBlue, afterMs: 25_000 }));
    expect(frame(board)[3]).toMatch(/ {2}empty$/);
  });

  it('has the weights on their own scale once the old server is removed', () => {
    const board = boardOf([...drain, [90, { type: 'removed', ...atBlue, afterMs: 30_000 }]]);
    expect(frame(board).slice(2, 6)).toEqual([
      'tcp/10.0.0.100:80  removed after 30s',
      '  10.0.0.1:80 old    20→–             0 %                        removed',
      '  10.0.0.2:80 new   0→100  ██████▍   80 %  ██████     40     12',
      '  10.0.0.3:80          25  █▋        20 %',
    ]);
  });

  it('says why a server does not drain, which gate failed, and since when it is paused', () => {
    const held: EventBody = {
      type: 'not-draining',
      ...atBlue,
      reason: 'dead-peer',
      connections: 2,
    };
    expect(frame(boardOf([...drain, [90, held]]))[3]).toMatch(/ {2}0:30 dead peer$/);
    const check = `check http://${green}/healthz`;
    const failed: EventBody = {
      type: 'gate-failed',
      gate: check,
      gateKind: 'check',
      server: green,
      step: 2,
      detail: '500',
    };
    const lines = frame(
      boardOf([
        ...ramp,
        [30, failed],
        [31, { type: 'paused', reason: 'x' }],
        [40, sample(blue, 1)],
      ]),
    );
    expect(lines[0]).toBe('paused  10.0.0.1:80 → 10.0.0.2:80');
    expect(lines[4]).toMatch(/ {2}check fails$/);
    expect(lines.slice(6)).toEqual([
      '  0:40 elapsed · paused for 0:09 · gate check http://10.0.0.2:80/healthz failed',
      '  Ctrl-C holds it',
    ]);
  });

  it('adds what a pause took to all that is still to come', () => {
    const board = boardOf([
      ...ramp,
      [20, { type: 'paused', reason: 'x' }],
      [50, { type: 'continued', reason: 'x', cause: 'asked' }],
    ]);
    expect(frame(board)[2]).toMatch(/next in 0:10$/);
  });

  it('has colours for who is old and who is new, and none without', () => {
    const lines = frame(boardOf(ramp), { colour: true });
    const esc = '\x1b';
    expect(lines[3]).toContain(`${esc}[33m████▊   ${esc}[39m`);
    expect(lines[4]).toContain(`${esc}[32m█▋      ${esc}[39m`);
    expect(lines.map((line) => uncoloured(line).trimEnd())).toEqual(frame(boardOf(ramp)));
    expect(frame(boardOf(ramp)).join()).not.toContain(esc);
  });
});

describe('the board at 60 columns', () => {
  it('leaves out what matters least', () => {
    expect(frame(boardOf(ramp), { columns: 59 })).toEqual([
      'ramp  10.0.0.1:80 → 10.0.0.2:80',
      '               weight  share         active',
      'tcp/10.0.0.100:80  step 1/4  ━━━───────  25 %  next in 0:10',
      '  10.0.0.1:80   20→15  ████▎    60 %     32  draining',
      '  10.0.0.2:80     0→5  █▍       20 %     10  filling',
      '  10.0.0.3:80       5  █▍       20 %',
      '  0:20 elapsed · ramp ends in 0:40 · 1 gate passed',
      '  Ctrl-C holds it',
    ]);
  });

  it('keeps the ports of IPv6 names', () => {
    const name = '[2001:db8:1234:5678:9abc:def0:1234:5678]:8080';
    const story: Story = [[0, stepApplied(1, 4, { [name]: 15, [green]: 5 })]];
    const board = boardOf(story, { services: [servicePlan({ old: [name] })] });
    const row = frame(board, { columns: 59 })[3];
    expect(row).toMatch(/^ {2}\[2001:db…78\]:8080 /);
  });
});

describe('a command that is wider than the board', () => {
  it('goes on in the next lines as a shell reads it', () => {
    const board = boardOf(ramp);
    const how = ["drain resume 20260102-030405678-1a2b --state '/srv/my state' --config /c.yaml"];
    const lines = liveLines(
      board,
      { columns: 60, rows: 24, headingIndent: 2, how },
      painter(false),
    );
    expect(lines.slice(-2)).toEqual([
      '  drain resume 20260102-030405678-1a2b --state \\',
      "  '/srv/my state' --config /c.yaml",
    ]);
  });
});

describe('many services', () => {
  const names = Array.from({ length: 30 }, (_, index) => `tcp/10.0.1.${index}:80`);
  const many = (extra: Story = []) =>
    boardOf(
      [
        ...names.map((service): readonly [number, EventBody] => [
          0,
          stepApplied(1, 4, { [blue]: 15, [green]: 5, [third]: 5 }, { service }),
        ]),
        ...extra,
      ],
      { services: names.map((service) => servicePlan({ service })) },
    );

  it('are a line each as far as they fit, and the rest is counted', () => {
    const lines = frame(many());
    expect(lines).toHaveLength(23);
    expect(lines.slice(0, 2)).toEqual([
      'ramp  10.0.0.1:80 → 10.0.0.2:80',
      'tcp/10.0.1.0:80   step 1/4  ━━━━───────────  25 % moved  0 active  next in 0:15',
    ]);
    expect(lines.at(-2)).toBe('… and 10 more: 10 under way');
  });

  it('put what is in trouble first, and what is done last', () => {
    const at = (index: number) => ({ ...atBlue, service: names[index] ?? '' });
    const lines = frame(
      many([
        [1, { type: 'removed', ...at(0), afterMs: 1_000 }],
        [1, { type: 'quiesced', ...at(29) }],
        [9, { type: 'not-draining', ...at(29), reason: 'persistence', connections: 1 }],
      ]),
    );
    expect(lines[1]).toContain('tcp/10.0.1.29:80');
    expect(lines.join()).not.toContain('tcp/10.0.1.0:80');
    expect(lines.at(-2)).toBe('… and 10 more: 9 under way, 1 done');
  });

  it('show servers where there is room', () => {
    const lines = frame(many(), { rows: 200 });
    expect(lines.filter((line) => line.includes(blue))).toHaveLength(31);
  });
});

describe('whatever happens', () => {
  const text = fc.oneof(
    fc.constantFrom(...hostileTexts.map(([, hostile]) => hostile.slice(0, 400))),
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.constantFrom(blue, green, third, '[2001:db8::1]:80', '日本語のサーバー:80', '❤️❤️❤️'),
  );
  const seconds = fc.integer({ min: 0, max: 10_000 });
  const count = fc.nat({ max: 3_000_000 });
  const place = fc.record({ director: text, service: text, server: text });
  const body: fc.Arbitrary<EventBody> = fc.oneof(
    fc.record({
      type: fc.constant('step-applied' as const),
      director: text,
      service: text,
      step: fc.nat({ max: 30 }),
      of: fc.nat({ max: 30 }),
      weights: fc.dictionary(text, fc.nat({ max: 65_535 }), { maxKeys: 12 }),
      movedFraction: fc.double({ min: 0, max: 1, noNaN: true }),
      lateMs: count,
      applyMs: count,
    }),
    fc
      .tuple(place, fc.tuple(count, count, count, fc.nat({ max: 65_535 })))
      .map(([at, [activeConn, inActConn, persistConn, weight]]) => ({
        type: 'sampled' as const,
        ...at,
        activeConn,
        inActConn,
        persistConn,
        weight,
      })),
    place.map((at) => ({ type: 'quiesced' as const, ...at })),
    fc
      .tuple(place, fc.constantFrom('drained' as const, 'removed' as const), count)
      .map(([at, type, afterMs]) => ({ type, ...at, afterMs })),
    place.map((at) => ({
      type: 'not-draining' as const,
      ...at,
      reason: 'long-lived-connections' as const,
      connections: 3,
    })),
    fc
      .tuple(fc.constantFrom('gate-passed' as const, 'gate-failed' as const), text, text)
      .map(([type, gate, detail]) => ({ type, gate, gateKind: 'check' as const, step: 1, detail })),
    fc
      .tuple(fc.constantFrom('paused' as const, 'held' as const), text)
      .map(([type, reason]) => ({ type, reason })),
    text.map((reason) => ({ type: 'continued' as const, reason, cause: 'asked' as const })),
    text.map((reason) => ({ type: 'rollback-started' as const, reason, cause: 'gate' as const })),
  );
  const events = fc.array(
    fc.tuple(seconds, body).map(([at, one]): DrainEvent => event(at, one)),
    { maxLength: 40 },
  );
  const plans = fc.option(
    fc
      .tuple(
        fc.array(text, { minLength: 1, maxLength: 30 }),
        fc.array(text, { maxLength: 20 }),
        fc.array(text, { maxLength: 20 }),
      )
      .map(([services, old, filled]) =>
        plan({
          services: services.map((service) => servicePlan({ service, old, new: filled })),
        }),
      ),
  );
  const size = fc.record({
    columns: fc.integer({ min: 1, max: 200 }),
    rows: fc.integer({ min: 0, max: 60 }),
  });

  it('no line is wider than the columns, there are no more than the rows, and nothing is a command to the terminal', () => {
    fc.assert(
      fc.property(plans, events, size, fc.boolean(), (planned, all, { columns, rows }, colour) => {
        const board = new LiveBoard();
        if (planned) board.open(planned);
        for (const one of all) board.add(one);
        const paint = painter(colour);
        const options = { columns, rows, headingIndent: 2 };
        const watched = {
          rollout: 'r1',
          status: 'running' as const,
          view: board,
          backlog: [],
          news: [],
          summary: '',
        };
        const picture = {
          rollouts: [watched, watched],
          notes: [{ key: 'a', text: 'out: a' }],
          nothing: '',
        };
        for (const lines of [
          liveLines(board, { ...options, how: ['Ctrl-C holds it'] }, paint),
          watchLines(picture, { ...options, isEnding: false }, paint),
        ]) {
          expect(lines.length).toBeLessThanOrEqual(rows);
          for (const [index, line] of lines.entries()) {
            const room = index === 0 ? Math.max(0, columns - 2) : columns;
            expect(columnsOf(line)).toBeLessThanOrEqual(room);
            // Only the colours: what is left after them is fit for a terminal.
            const text = colour ? uncoloured(line) : line;
            expect(text).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
          }
        }
      }),
      { numRuns: 300 },
    );
  });
});
