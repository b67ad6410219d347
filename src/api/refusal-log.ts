import type { Caller } from '../domain/actor/caller.ts';
import { printable } from '../domain/printable.ts';
import type { ApiRefusal } from './problem.ts';

/** A request that was refused. Nothing that it brings as a secret is in it. */
export interface Refused {
  readonly refusal: ApiRefusal;
  readonly caller?: Caller | undefined;
  readonly request: { readonly method: string; readonly path: string };
  readonly from: string | undefined;
}

/** Statuses that somebody who guesses or tries gets: of the others whoever asks knows enough. */
const told: readonly number[] = [401, 403, 413];
const mostInPeriod = 20;
const periodMs = 60_000;

/** Tells refusals to whoever runs the server, no more than some a minute, and then how many there were. */
export function createRefusalLog(tell: (line: string) => void): (refused: Refused) => void {
  let sinceMs = Number.NEGATIVE_INFINITY;
  let count = 0;
  return ({ refusal, caller, request, from }) => {
    if (!told.includes(refusal.status)) return;
    const nowMs = performance.now();
    if (nowMs - sinceMs >= periodMs) {
      if (count > mostInPeriod) tell(`${count - mostInPeriod} more requests were refused`);
      sinceMs = nowMs;
      count = 0;
    }
    count++;
    if (count > mostInPeriod) return;
    const who = caller === undefined ? '' : ` of token ${caller.name}`;
    const what = `${request.method} ${printable(request.path, 200)}`;
    const [{ what: why }] = refusal.failures;
    tell(
      `refused ${what}${who} from ${from ?? 'nowhere'} with ${refusal.status}: ${printable(why, 300)}`,
    );
  };
}
