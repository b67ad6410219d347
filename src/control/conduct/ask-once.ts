import type { EventBody } from '../../domain/events/event.ts';
import type { Plan } from '../../domain/rollout/plan.ts';
import type { TimedGate } from '../../rollout/gates/gate-state.ts';
import type { GateAnswer } from '../../rollout/ports.ts';
import type { ControlPorts, OpenFleet } from '../ports.ts';
import { inRealTime } from './gates-for.ts';

/**
 * Asks each gate and check of a plan once, all at the same time, as an event of step 0 tells of the answer.
 * A gate that cannot be asked here is none of them: the plan warns of it.
 */
export async function askGatesOnce(
  ports: Pick<ControlPorts, 'createGates'>,
  plan: Plan,
  { standStill }: Pick<OpenFleet, 'standStill'>,
): Promise<readonly EventBody[]> {
  const created = await ports.createGates(plan);
  if (!created.ok) return [];
  const about = {
    rollout: 'plan',
    step: 0,
    of: plan.schedule.length - 1,
    movedFraction: 0,
    from: plan.from,
    to: plan.to,
  };
  return Promise.all(
    created.value.map(async (timed) => {
      const { gate, timing } = standStill ? inRealTime(timed, standStill) : timed;
      return answerEvent(timed, await gate.ask(about, AbortSignal.timeout(timing.timeoutMs)));
    }),
  );
}

function answerEvent(
  { gate: { name, kind, server } }: TimedGate,
  { passed, noData, detail }: GateAnswer,
): EventBody {
  const told = { gate: name, gateKind: kind, server, step: 0, detail };
  if (passed) return { type: 'gate-passed', ...told };
  if (noData === undefined) return { type: 'gate-failed', ...told };
  const reason = noData === 'empty' ? 'no-data' : 'no-answer';
  return { type: 'gate-waiting', ...told, reason, waitedMs: 0 };
}
