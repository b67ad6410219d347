import type { EventBody } from '../../domain/events/event.ts';
import { gateTitle } from '../../domain/health/gate.ts';
import { printable } from '../../domain/printable.ts';

/** The answers of gates that were asked while planning, one a line. */
export function answerLines(events: readonly EventBody[]): readonly string[] {
  if (events.length === 0) return ['There is no gate to ask.'];
  return events.flatMap((event) => {
    switch (event.type) {
      case 'gate-passed':
        return [`${printable(gateTitle(event), 600)} says yes: ${printable(event.detail, 600)}`];
      case 'gate-failed':
        return [`${printable(gateTitle(event), 600)} says no: ${printable(event.detail, 600)}`];
      case 'gate-waiting':
        return [
          `${printable(gateTitle(event), 600)} says nothing: ${printable(event.detail, 600)}`,
        ];
      default:
        return [];
    }
  });
}
