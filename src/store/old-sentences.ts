import type { OptionLayer } from '../domain/around/around.ts';
import type { RollbackCause } from '../domain/events/event.ts';
import type { GateKind } from '../domain/health/gate.ts';

/**
 * The tags of journals and traces that were written before there were any. Such an entry holds nothing
 * but the sentence, so in this file, and nowhere else, a tag is read off the words of that time.
 */

/** The cause of a rollback, by the reason and the exit code of its entry in the journal. */
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
      // A rollback that was asked for has the exit code of a gate, or 0 where it was all that was asked.
      return reason === 'asked to' ? 'asked' : 'gate';
  }
}

/** An event of a trace with the tags that its words stand for; one that has them stays as it is. */
export function withTags<T extends { readonly type: string }>(event: T): T {
  const { type, gate, reason } = event as T & {
    readonly gate?: unknown;
    readonly reason?: unknown;
  };
  if (type === 'gate-passed' || type === 'gate-failed') {
    return { gateKind: oldGateKind(String(gate)), ...event };
  }
  if (type === 'rollback-started') return { cause: causeIn(String(reason)), ...event };
  if (type !== 'continued') return event;
  return { cause: String(reason).startsWith('resumed') ? 'resumed' : 'asked', ...event };
}

function oldGateKind(name: string): GateKind {
  const [word] = name.split(' ', 1);
  if (word === 'gate-command') return 'command';
  if (word === 'gate-http') return 'http';
  if (word === 'gate-prometheus') return 'prometheus';
  return word === 'ipvs' ? 'ipvs' : 'check';
}

function causeIn(reason: string): RollbackCause {
  if (reason === 'asked to') return 'asked';
  if (reason === 'SIGINT') return 'sigint';
  if (reason === 'SIGTERM') return 'sigterm';
  if (reason.startsWith('not empty after')) return 'drain-timeout';
  return reason.startsWith('director ') ? 'director' : 'gate';
}

/** The hand that gave an option of `drain around`, by the words that told people of it. */
export const oldLayer = (
  where: string,
): { readonly layer: OptionLayer; readonly section?: string } =>
  where.startsWith('--')
    ? { layer: 'command-line' }
    : { layer: 'config-file', section: where.split(':', 1)[0] ?? where };
