import type { GuardedService } from '../domain/health/guard.ts';
import type { RealServer } from '../domain/ipvs/ipvs.ts';
import type { Clock, Gate, GateAnswer, GateContext } from '../rollout/ports.ts';

export type AskedServer = Pick<RealServer, 'key' | 'address' | 'port'>;

interface Question {
  readonly gate: Gate;
  readonly server: AskedServer;
  readonly timing: Pick<GuardedService['timing'], 'timeoutMs'>;
}

/** Asks one server once; gives up after the timeout of its check, and when `stop` says so. */
export async function askInTime(
  clock: Clock,
  { gate, server, timing }: Question,
  stop: AbortSignal,
): Promise<GateAnswer> {
  const giveUp = new AbortController();
  const answered = new AbortController();
  const stopped = (): void => giveUp.abort();
  stop.addEventListener('abort', stopped);
  void clock
    .sleepUntil(clock.nowMs() + timing.timeoutMs, answered.signal)
    .then(() => answered.signal.aborted || giveUp.abort());
  try {
    return await gate.ask(aboutServer(server), giveUp.signal);
  } finally {
    // With a reason: one that Node makes up is an error with a stack.
    answered.abort('answered');
    stop.removeEventListener('abort', stopped);
  }
}

/** The context of a command check, for the command's environment: `DRAIN_TO` is the server. */
const aboutServer = ({ key }: AskedServer): GateContext => ({
  rollout: 'guard',
  step: 0,
  of: 0,
  movedFraction: 0,
  from: [],
  to: [key],
});
