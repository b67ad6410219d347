import { afterEach, describe, expect, it, vi } from 'vitest';
import { startTimer } from '../../../src/clock/long-timer.ts';

afterEach(() => vi.useRealTimers());

describe('a timer', () => {
  it.each([5, 2 ** 31 - 1, 2 ** 31, 90 * 24 * 3_600_000])(
    'of %d ms goes off then, and not before',
    (ms) => {
      vi.useFakeTimers();
      const act = vi.fn();
      startTimer(ms, act);
      vi.advanceTimersByTime(ms - 1);
      expect(act).not.toHaveBeenCalled();
      vi.advanceTimersByTime(1);
      expect(act).toHaveBeenCalledOnce();
      expect(vi.getTimerCount()).toBe(0);
    },
  );

  it('that is stopped in its second part never goes off', () => {
    vi.useFakeTimers();
    const act = vi.fn();
    const stop = startTimer(3 * 2 ** 31, act);
    vi.advanceTimersByTime(2 ** 31);
    stop();
    vi.advanceTimersByTime(4 * 2 ** 31);
    expect(act).not.toHaveBeenCalled();
  });
});
