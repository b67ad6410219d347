import { formatDuration } from '../../domain/duration.ts';
import { type GateSpec, gateText } from '../../domain/health/gate.ts';
import { printable } from '../../domain/printable.ts';
import { count } from '../text/amounts.ts';

/** A gate, and in brackets what its file says of when it is asked and what follows. */
export function askedText(gate: GateSpec): string {
  const { everyMs, after, failures, noData, onFailure } = gate;
  const minimum = gate.kind === 'prometheus' ? gate.compare?.minimum : undefined;
  const terms = [
    ...(everyMs === undefined ? [] : [`every ${formatDuration(everyMs)}`]),
    ...(after?.kind === 'time' ? [`from ${formatDuration(after.ms)} on`] : []),
    ...(after?.kind === 'connections'
      ? [`from ${count(after.connections, 'connection')} of the new servers on`]
      : []),
    ...(minimum === undefined ? [] : [`with ${count(minimum, 'connection')} of each side`]),
    ...(failures ? [`${failures.allowed} of ${failures.of} answers may be bad`] : []),
    ...(noData === undefined || noData === 'wait' ? [] : [`${noData} without data`]),
    ...(onFailure === undefined ? [] : [`${onFailure} when it fails`]),
  ];
  const text = printable(gateText(gate), 600);
  return terms.length === 0 ? text : `${text} (${terms.join('; ')})`;
}
