import type { NamesByServer } from '../places/named-servers.ts';
import { withNames } from '../places/names-in-text.ts';
import type { DrainEvent } from './event.ts';

/** The event with servers by name in its sentences; its fields, which scripts read, keep the addresses. */
export function eventWithNames(event: DrainEvent, names: NamesByServer | undefined): DrainEvent {
  if (names === undefined) return event;
  switch (event.type) {
    case 'warning':
    case 'finished':
      return { ...event, message: withNames(event.message, names) };
    case 'paused':
    case 'held':
    case 'continued':
    case 'rollback-started':
    case 'rolled-back':
      return { ...event, reason: withNames(event.reason, names) };
    case 'gate-passed':
    case 'gate-failed':
    case 'gate-waiting':
      return { ...event, detail: withNames(event.detail, names) };
    default:
      return event;
  }
}
