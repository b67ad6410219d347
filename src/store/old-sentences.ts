import type { RollbackCause } from '../domain/event.ts';

/**
 * The cause of a rollback in a journal that was written before causes were kept. Such an entry holds
 * nothing but the sentence, so here, and nowhere else, a tag is read off the words of that time.
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
