import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { clearWaits, setLiveScreen } from '../../../src/terminal/above-live-text.ts';
import { hasUnicode, waitingOn } from '../../../src/terminal/waiting.ts';
import { screen } from '../../support/screen.ts';

const look = { colour: false, unicode: true };

/** A terminal that keeps what it gets, and the waits on it. */
function terminal(columns: number | undefined = 40) {
  const shown = screen();
  let written = '';
  const stream = Object.assign(new PassThrough(), {
    isTTY: true,
    columns,
    rows: 20,
    cursorTo: (column: number) => stream.write(`\u001b[${column + 1}G`),
    clearLine: () => stream.write('\u001b[K'),
    moveCursor: (_columns: number, rows: number) => stream.write(`\u001b[${-rows}A`),
  });
  stream.on('data', (chunk: Buffer) => {
    written += chunk;
    shown.write(chunk.toString());
  });
  const waitingFor = waitingOn(stream as unknown as NodeJS.WriteStream, look);
  return { waitingFor, stream, written: () => written, lines: () => shown.lines(), shown };
}

/** Work that ends when it is told to. */
function work() {
  let end: () => void = () => {};
  const done = new Promise<void>((resolve) => {
    end = resolve;
  });
  return { done: () => done, end };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  setLiveScreen(undefined);
  vi.useRealTimers();
});

/** The library has been loaded by then, whatever that takes. */
const later = async (ms: number): Promise<void> => {
  await vi.advanceTimersByTimeAsync(ms);
  await import('ora');
  await vi.advanceTimersByTimeAsync(0);
};

describe('a wait', () => {
  it('gives what the work gives, and throws what it throws', async () => {
    const { waitingFor } = terminal();
    expect(await waitingFor('text', async () => 7)).toBe(7);
    await expect(waitingFor('text', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('that is short writes nothing at all', async () => {
    const { waitingFor, written } = terminal();
    const { done, end } = work();
    const waited = waitingFor('text', done);
    await later(290);
    end();
    await waited;
    await later(1_000);
    expect(written()).toBe('');
  });

  it('that is long is one line without a cursor, and nothing when it has ended', async () => {
    const { waitingFor, lines, shown } = terminal();
    const { done, end } = work();
    const waited = waitingFor('text', done);
    await later(310);
    expect(lines()).toEqual(['⠋ text']);
    expect(shown.isCursorShown()).toBe(false);
    end();
    await waited;
    expect(lines()).toEqual(['']);
    expect(shown.isCursorShown()).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is safe to show, and no longer than the line', async () => {
    const { waitingFor, lines } = terminal(30);
    const { done, end } = work();
    const waited = waitingFor(`\u001b[31m\n${'x'.repeat(100)}`, done);
    await later(310);
    expect(lines()).toEqual([expect.stringMatching(/^⠋ \\x1b\[31m\\x0ax+…$/)]);
    end();
    await waited;
  });

  it('has what others write above its line', async () => {
    const { waitingFor, stream, lines } = terminal();
    const { done, end } = work();
    const waited = waitingFor('text', done);
    await later(310);
    stream.write('a line\n');
    expect(lines()).toEqual(['a line', '⠋ text']);
    end();
    await waited;
    expect(lines()).toEqual(['a line', '']);
  });

  it('among others is the latest that lasts', async () => {
    const { waitingFor, lines } = terminal();
    const [one, other] = [work(), work()];
    const all = [waitingFor('one', one.done), waitingFor('other', other.done)];
    await later(310);
    expect(lines()).toEqual([expect.stringContaining('other')]);
    other.end();
    await later(100);
    expect(lines()).toEqual([expect.stringContaining('one')]);
    one.end();
    await Promise.all(all);
    expect(lines()).toEqual(['']);
  });

  it.each([
    ['before it is shown', 100],
    ['when it is shown', 400],
  ])('gives way for good to what ends in the middle of a line, %s', async (_when, ms) => {
    const { waitingFor, stream, lines, shown } = terminal();
    const { done, end } = work();
    const waited = waitingFor('text', done);
    await later(ms);
    clearWaits();
    stream.write('50 %');
    await later(1_000);
    expect(lines()).toEqual(['50 %']);
    expect(shown.isCursorShown()).toBe(true);
    end();
    await waited;
    expect(lines()).toEqual(['50 %']);
  });

  it('gives way to lines that are drawn, and begins none beside them', async () => {
    const { waitingFor, lines } = terminal();
    const { done, end } = work();
    const waited = waitingFor('text', done);
    await later(310);
    setLiveScreen({ above: (write) => write() });
    expect(lines()).toEqual(['']);
    const beside = waitingFor('beside', done);
    await later(1_000);
    expect(lines()).toEqual(['']);
    end();
    await Promise.all([waited, beside]);
  });

  it('is not shown where the width of the terminal is not known', async () => {
    const { waitingFor, written } = terminal(0);
    const { done, end } = work();
    const waited = waitingFor('text', done);
    await later(1_000);
    end();
    await waited;
    expect(written()).toBe('');
  });

  it('leaves no listener behind', async () => {
    const { waitingFor } = terminal();
    const rounds = async (): Promise<void> => {
      const { done, end } = work();
      const waited = waitingFor('text', done);
      await later(310);
      end();
      await waited;
    };
    // The library that brings the cursor back listens from the first on.
    await rounds();
    const before = process.listenerCount('SIGINT');
    for (let round = 0; round < 20; round++) await rounds();
    expect(process.listenerCount('SIGINT')).toBe(before);
  });
});

describe('the signs of a terminal', () => {
  it.each([
    [{ LANG: 'de_DE.UTF-8' }, true],
    [{ LANG: 'C.utf8' }, true],
    [{ LC_ALL: 'C', LANG: 'de_DE.UTF-8' }, false],
    [{ LC_CTYPE: 'en_US.UTF-8', LANG: 'C' }, true],
    [{ LC_ALL: '', LANG: 'en_US.UTF-8' }, true],
    [{ LANG: 'en_US.UTF-8', TERM: 'linux' }, false],
    [{}, false],
  ])('%j has more than ASCII: %s', (env, expected) => {
    expect(hasUnicode(env)).toBe(expected);
  });
});
