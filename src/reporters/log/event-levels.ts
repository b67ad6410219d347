import type { DrainEvent } from '../../domain/events/event.ts';
import type { GuardEvent } from '../../domain/events/guard-event.ts';
import type { LogLevel } from './levels.ts';

/** How urgent an event of a rollout is to somebody who reads only what is urgent. */
export function levelOf(event: DrainEvent): LogLevel {
  switch (event.type) {
    case 'gate-failed':
    case 'drift-detected':
    case 'rollback-started':
      return 'error';
    case 'warning':
    case 'not-draining':
    case 'held':
      return 'warning';
    case 're-asserted':
    case 'gate-waiting':
    case 'waiting':
    case 'paused':
    case 'continued':
    case 'rolled-back':
      return 'notice';
    case 'finished':
      if (event.exitCode === 0) return 'notice';
      return event.outcome === 'held' ? 'warning' : 'error';
    default:
      return 'info';
  }
}

/** The same of an event of the guard. */
export function guardLevelOf(event: GuardEvent): LogLevel {
  switch (event.type) {
    case 'reload-refused':
      return 'error';
    case 'server-down':
    case 'weights-kept':
    case 'fallback-in':
    case 'warning':
      return 'warning';
    case 'server-checked':
      return event.passed || event.out !== undefined ? 'info' : 'warning';
    case 'clients-moved':
      return event.left === 0 ? 'notice' : 'warning';
    case 'guard-started':
    case 'guard-stopped':
    case 'server-up':
    case 'fallback-leaving':
    case 'fallback-removed':
    case 'weight-taken':
    case 'maintenance-on':
    case 'maintenance-off':
    case 'reloaded':
      return 'notice';
    default:
      return 'info';
  }
}
