import { afterEach, describe, expect, it, vi } from 'vitest';
import { createSystemClock } from '../../../src/clock/system-clock.ts';

afterEach(() => vi.restoreAllMocks());

describe('the clock of a rollout', () => {
  it('begins with the time of day', () => {
    const beforeMs = Date.now();
    const nowMs = createSystemClock().nowMs();
    expect(nowMs).toBeGreaterThan(beforeMs - 100);
    expect(nowMs).toBeLessThan(Date.now() + 100);
  });

  it.each([
    ['on', 3_600_000],
    ['back', -3_600_000],
  ])('does not move when the time of day is set %s by an hour', async (_, byMs) => {
    const clock = createSystemClock();
    const timeOfDay = Date.now;
    const startedMs = performance.now();
    const beforeMs = clock.nowMs();
    vi.spyOn(Date, 'now').mockImplementation(() => timeOfDay() + byMs);
    await clock.sleepUntil(beforeMs + 60);
    const tookMs = performance.now() - startedMs;
    expect(tookMs).toBeGreaterThanOrEqual(55);
    expect(tookMs).toBeLessThan(600_000);
    expect(clock.nowMs() - beforeMs).toBeLessThan(600_000);
    expect(clock.nowMs()).toBeGreaterThanOrEqual(beforeMs + 60);
  });
});
