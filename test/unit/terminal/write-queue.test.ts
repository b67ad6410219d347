import { expect, it, vi } from 'vitest';
import { createWriteQueue } from '../../../src/terminal/write-queue.ts';

/** A reader that takes what it has room for. */
function reader() {
  const state = { room: 0, got: '' };
  const queue = createWriteQueue(
    (bytes) => {
      const count = Math.min(state.room, bytes.length);
      state.room -= count;
      state.got += Buffer.from(bytes.subarray(0, count)).toString();
      return count;
    },
    { onError: () => {} },
  );
  const push = (text: string, minor = false): void => queue.push(Buffer.from(text), { minor });
  return { state, queue, push };
}

const goOn = () => vi.advanceTimersByTimeAsync(100);

it('keeps what a reader has no room for, in its order, and writes it when there is room', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  try {
    const { state, queue, push } = reader();
    state.room = 4;
    push('one\n');
    expect(queue.isCongested()).toBe(false);
    state.room = 2;
    for (const text of ['two\n', 'three\n']) push(text);
    expect(state.got).toBe('one\ntw');
    expect(queue.isCongested()).toBe(true);
    state.room = 100;
    await goOn();
    expect(state.got).toBe('one\ntwo\nthree\n');
    expect(queue.isCongested()).toBe(false);
  } finally {
    vi.useRealTimers();
  }
});

it('drops minor texts first and then the oldest, never the rest of one that is written in part', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  try {
    const { state, queue, push } = reader();
    queue.bound(12);
    state.room = 1;
    push('aaa\n');
    push('m1\n', true);
    push('b\n');
    push('m2\n', true);
    push('c\n');
    // 3 + 3 + 2 + 3 + 2 = 13: the first of the minor ones goes.
    push('dddd\n');
    // Now the other minor one has gone as well, and it fits: 3 + 2 + 2 + 5 = 12.
    push('e\n');
    expect(queue.takeDropped()).toBeUndefined();
    state.room = 100;
    await goOn();
    expect(state.got).toBe('aaa\nc\ndddd\ne\n');
    expect(queue.takeDropped()).toEqual({ texts: 3, minor: 2 });
    expect(queue.takeDropped()).toBeUndefined();
  } finally {
    vi.useRealTimers();
  }
});

it('waits at the end as long as the reader goes on, and not for one that stands still', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  try {
    const { state, queue, push } = reader();
    push('12345678\n');
    let isOver = false;
    const over = queue.flushed(3_000).then(() => {
      isOver = true;
    });
    for (const _ of [1, 2, 3]) {
      await vi.advanceTimersByTimeAsync(2_900);
      expect(isOver).toBe(false);
      state.room = 1;
    }
    await vi.advanceTimersByTimeAsync(3_100);
    await over;
    expect(state.got).toBe('123');
    expect(queue.isCongested()).toBe(false);
  } finally {
    vi.useRealTimers();
  }
});
