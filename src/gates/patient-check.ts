import { onAbort } from '../clock/on-abort.ts';
import type { Gate } from '../rollout/ports.ts';

/**
 * A check that is given up only after the loop has heard of what had come by then. In a process that is late
 * itself the time of a check is over before an answer is read that came in time: of a server that has answered
 * nobody should hear that it did not.
 */
export const patient = (gate: Gate): Gate => ({
  ...gate,
  ask(about, signal) {
    if (signal.aborted) return gate.ask(about, signal);
    const giveUp = new AbortController();
    // Timers come before sockets in a turn of the loop, and this after both.
    const forget = onAbort(signal, () => setImmediate(() => giveUp.abort(signal.reason)));
    return gate.ask(about, giveUp.signal).finally(forget);
  },
});
