import type { DrainEvent } from '../domain/events/event.ts';

const quietMs = 10_000;

interface Shown {
  readonly atMs: number;
  readonly counts: string;
}

/**
 * Whether an event is worth a line in a log; every event but `sampled` is. Samples come every
 * second for every server of every service: during the ramp they say what everybody knows, and only
 * while a server drains do they answer the question why nothing happens. So they are shown for
 * servers between `quiesced` and `drained`, at most every 10 s (of the events' time), and only when
 * a number has changed since the line before.
 */
export function createSampleFilter(): (event: DrainEvent) => boolean {
  const draining = new Map<string, Shown | undefined>();
  return (event) => {
    switch (event.type) {
      case 'quiesced':
        draining.set(keyOf(event), undefined);
        return true;
      case 'drained':
      case 'removed':
        draining.delete(keyOf(event));
        return true;
      case 'sampled': {
        const key = keyOf(event);
        if (!draining.has(key)) return false;
        const before = draining.get(key);
        const atMs = Date.parse(event.at);
        const counts = [event.activeConn, event.inActConn, event.persistConn, event.weight].join();
        if (before && (atMs < before.atMs + quietMs || counts === before.counts)) return false;
        draining.set(key, { atMs, counts });
        return true;
      }
      default:
        return true;
    }
  };
}

const keyOf = (event: {
  readonly director: string;
  readonly service: string;
  readonly server: string;
}): string => [event.director, event.service, event.server].join(' ');

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

/** Whether an event has to stay on the screen when live lines show the rest. */
export function isNoteworthy(event: DrainEvent): boolean {
  switch (event.type) {
    case 'gate-passed':
    case 'gate-failed':
    case 'paused':
    case 'continued':
    case 'quiesced':
    case 'not-draining':
    case 'drained':
    case 'removed':
    case 're-asserted':
    case 'drift-detected':
    case 'rollback-started':
    case 'warning':
      return true;
    // `held` and `rolled-back` come right before `finished`, which says the same.
    default:
      return false;
  }
}
