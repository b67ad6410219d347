import type { DrainEvent } from '../domain/event.ts';

/**
 * Whether an event about a gate is news; every other event is. A gate passes before each step, and
 * that it works at all is worth a line: the first time. That it fails always is.
 */
export function createGateFilter(): (event: DrainEvent) => boolean {
  const passed = new Set<string>();
  return (event) => {
    if (event.type !== 'gate-passed') return true;
    if (passed.has(event.gate)) return false;
    passed.add(event.gate);
    return true;
  };
}
