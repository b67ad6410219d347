import type { DrainEvent } from '../domain/event.ts';

/** What has to stay on the screen when live lines show the rest. */
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
    case 'drift-detected':
    case 'rollback-started':
    case 'warning':
      return true;
    // `held` and `rolled-back` come right before `finished`, which says the same.
    default:
      return false;
  }
}
