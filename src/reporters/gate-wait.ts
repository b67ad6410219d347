import { assertNever } from '../domain/assert-never.ts';
import { type GateLabel, type GateWaitReason, gateTitle } from '../domain/health/gate.ts';
import { printable } from '../domain/printable.ts';

interface Waiting extends GateLabel {
  readonly reason: GateWaitReason;
  readonly detail: string;
}

/** A gate that is waited for, and why: `gate-prometheus http://p#up==1, which says nothing: ...`. */
export function gateWaitWords({ reason, detail, ...gate }: Waiting): string {
  return `${printable(gateTitle(gate), 600)}, ${reasonWords(reason, printable(detail, 600))}`;
}

function reasonWords(reason: GateWaitReason, detail: string): string {
  switch (reason) {
    case 'no-data':
    case 'no-answer':
      return `which says nothing: ${detail}`;
    case 'connections':
    case 'time':
      return `which is not asked yet: ${detail}`;
    case 'alternating':
      return `whose answers go on alternating, the last: ${detail}`;
    case 'bad-answer':
      return `which said no: ${detail}`;
    case 'not-answered':
      return `which has not answered about this step yet`;
    case 'capacity':
      return `which has no room: ${detail}`;
    case 'server-down':
      return `whose check fails: ${detail}`;
    default:
      return assertNever(reason);
  }
}
