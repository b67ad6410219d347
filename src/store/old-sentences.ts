import type { RollbackCause } from '../domain/event.ts';

/**
 * The tags of entries that were written before there were any. Drain up to 0.1 left nothing but the
 * sentence, so here, and nowhere else, a decision is read off the words that it wrote then.
 */
export function oldRollbackCause(reason: string, exitCode: number): RollbackCause {
  switch (exitCode) {
    case 130:
      return 'sigint';
    case 143:
      return 'sigterm';
    case 4:
      return 'drain-timeout';
    case 7:
      return 'director';
    default:
      // A rollback that was asked for had the exit code of a gate, or 0 where it was all that was asked.
      return reason === 'asked to' ? 'asked' : 'gate';
  }
}
