import { EventEmitter } from 'node:events';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { aboveLiveText } from '../../../src/terminal/above-live-text.ts';
import { liveTextOn } from '../../../src/terminal/live-area.ts';
import { screen } from '../../support/screen.ts';

/** A terminal of so many columns, and what stands on it. */
function terminal(columns = 80, rows = 24) {
  const shown = screen();
  const written: string[] = [];
  const stream = Object.assign(new EventEmitter(), {
    isTTY: true,
    columns,
    rows,
    write(text: string) {
      written.push(text);
      shown.write(text);
      return true;
    },
  });
  return { stream, shown, written, start: liveTextOn(stream as never, false) };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** The first line without its spinner. */
const withoutMark = (lines: readonly string[], first: number): readonly string[] =>
  lines.map((line, index) => (index === first ? line.slice(2) : line));

describe('live text', () => {
  it('is drawn in its place, makes way for other lines, and leaves nothing behind', () => {
    const { start, shown, stream } = terminal();
    let lines = ['one', 'two'];
    const live = start(() => lines);
    expect(shown.lines()).toEqual(['⠋ one', 'two']);
    expect(shown.isCursorShown()).toBe(false);
    live.above(() => stream.write('important\n'));
    lines = ['three'];
    vi.advanceTimersByTime(100);
    expect(shown.lines()).toEqual(['important', '⠙ three']);
    live.stop();
    expect(shown.lines()).toEqual(['important', '']);
    expect(shown.isCursorShown()).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is ASCII where the terminal shows no more', () => {
    const { stream, shown } = terminal();
    const start = liveTextOn(stream as never, false, { isCongested: () => false, isAscii: true });
    const live = start(() => ['a → b', '━━──']);
    expect(shown.lines()).toEqual(['- a > b', '==--']);
    live.stop();
  });

  it('draws only what has changed', () => {
    const { start, written } = terminal();
    const live = start(() => ['heading', 'a long line that stays as it is', 'last']);
    written.length = 0;
    vi.advanceTimersByTime(100);
    expect(written.join('')).toContain('⠙ heading');
    expect(written.join('')).not.toContain('stays');
    live.stop();
  });

  it('is erased as high as a narrower terminal has broken it', () => {
    const { start, stream, written } = terminal(100);
    const live = start(() => ['x'.repeat(98), 'y'.repeat(50), 'z'.repeat(90)]);
    written.length = 0;
    stream.columns = 60;
    stream.emit('resize');
    // 2 + 1 + 2 lines, and the cursor is in the last of them.
    expect(written.join('')).toContain('\u001b[4A\r\u001b[J');
    live.stop();
  });

  it('lets whatever else the process prints go above it', () => {
    const { start, stream, shown } = terminal();
    const live = start(() => ['live']);
    aboveLiveText(() => stream.write('from somebody else\n'));
    expect(shown.lines()).toEqual(['from somebody else', '⠋ live']);
    live.stop();
    aboveLiveText(() => stream.write('after it\n'));
    expect(shown.lines()).toEqual(['from somebody else', 'after it']);
  });

  it('shares the terminal between two, and its height', () => {
    const { start, shown } = terminal(80, 9);
    const asked: number[] = [];
    const tall = (name: string) => (rows: number) => {
      asked.push(rows);
      return Array.from({ length: rows }, () => name);
    };
    const one = start(tall('one'));
    const two = start(tall('two'));
    expect(shown.lines()).toEqual([
      ...['⠋ one', 'one', 'one', 'one'],
      ...['two', 'two', 'two', 'two'],
    ]);
    one.stop();
    expect(shown.lines()).toHaveLength(8);
    expect(shown.lines().join()).not.toContain('one');
    two.stop();
    expect(asked).toEqual([8, 4, 4, 8]);
  });

  it('shows the last frame below all that was written above, whatever came in which order', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', ' ', 'c'), maxLength: 20 });
    const frame = fc.array(text, { minLength: 1, maxLength: 8 });
    const act = fc.oneof(
      frame.map((lines) => ({ lines })),
      text.map((above) => ({ above })),
    );
    fc.assert(
      fc.property(fc.array(act, { maxLength: 20 }), (acts) => {
        const { start, shown, stream } = terminal();
        let lines: readonly string[] = ['begin'];
        const live = start(() => lines);
        const above: string[] = [];
        for (const one of acts) {
          if ('lines' in one) {
            lines = one.lines;
            vi.advanceTimersByTime(100);
          } else {
            above.push(one.above.trimEnd());
            live.above(() => stream.write(`${one.above}\n`));
          }
        }
        expect(withoutMark(shown.lines(), above.length)).toEqual([
          ...above,
          ...lines.map((line) => line.trimEnd()),
        ]);
        live.stop();
        expect(shown.lines()).toEqual([...above, '']);
      }),
    );
  });
});
