import { vi } from 'vitest';

/** For what never comes; nothing is measured by it. Below the time limit of a test, so that it is told. */
const limitMs = 90_000;
const every = { timeout: limitMs, interval: 20 };

/** Waits until `holds` throws no more, and resolves with what it returned. */
export const eventually = <T>(holds: () => T | Promise<T>): Promise<T> => vi.waitFor(holds, every);

/** Waits until `seen` is truthy, and resolves with it. */
export const until = <T>(seen: () => T | Promise<T>) => vi.waitUntil(seen, every);
