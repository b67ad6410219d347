import { setTimeout as sleep } from 'node:timers/promises';

/** For what never comes; nothing is measured by it. Below the time limit of a test, so that it is told. */
const limitMs = 90_000;
const everyMs = 20;

/**
 * Waits until `holds` throws no more, and resolves with what it returned. Needs no test around it, as
 * `vi.waitFor` does.
 */
export async function eventually<T>(holds: () => T | Promise<T>): Promise<T> {
  const deadlineMs = performance.now() + limitMs;
  for (;;) {
    try {
      return await holds();
    } catch (error) {
      if (performance.now() > deadlineMs) throw error;
    }
    await sleep(everyMs);
  }
}

/** Waits until `seen` is truthy, and resolves with it. */
export const until = <T>(seen: () => T | Promise<T>): Promise<Exclude<NonNullable<T>, false>> =>
  eventually(async () => {
    const found = await seen();
    if (!found) throw new Error(`it never came to that: ${seen}`);
    return found as Exclude<NonNullable<T>, false>;
  });
