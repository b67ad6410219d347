import { fail, ok, type Result } from '../domain/failure.ts';
import type { GateSpec } from '../domain/health/gate.ts';
import type { Plan } from '../domain/rollout/plan.ts';
import type { GateTiming, TimedGate } from '../rollout/gates/gate-state.ts';
import { createChecks, createGates } from './create-gates.ts';

/** Creates every check and gate of a plan, ready to be asked. */
export async function createTimedGates(plan: Plan): Promise<Result<readonly TimedGate[]>> {
  const timed: TimedGate[] = [];
  const check = plan.gates?.check;
  if (check) {
    const checks = await createChecks(check, newServers(plan));
    if (!checks.ok) return checks;
    const { intervalMs, timeoutMs, rise, fall } = check;
    const timing: GateTiming = { intervalMs, timeoutMs, rise, fall, when: 'always' };
    timed.push(...checks.value.map((gate) => ({ gate, timing })));
  }
  const stages = [
    { specs: plan.gates?.gates ?? [], atStep: undefined },
    ...plan.schedule.map(({ gates = [] }, atStep) => ({ specs: gates, atStep })),
  ];
  for (const { specs, atStep } of stages) {
    const gates = await createGates(specs);
    if (!gates.ok) return gates;
    for (const [index, gate] of gates.value.entries()) {
      const spec = specs[index];
      if (!spec) continue;
      const timing: GateTiming = { ...timingOf(spec), ...(atStep === undefined ? {} : { atStep }) };
      const name = atStep === undefined ? gate.name : `${gate.name} (at step ${atStep})`;
      timed.push({ gate: { ...gate, name }, timing });
    }
  }
  const names = timed.map(({ gate }) => gate.name);
  const twice = names.find((name, index) => names.indexOf(name) < index);
  return twice === undefined
    ? ok(timed)
    : fail({ kind: 'usage', what: `${twice} is given twice`, next: 'leave one of them out' });
}

/**
 * The timing of a gate: a command may be a whole smoke test, and its answer counts; a question over
 * the network may get lost.
 */
const timingOf = (spec: GateSpec): GateTiming =>
  spec.kind === 'command'
    ? { intervalMs: 10_000, timeoutMs: 60_000, rise: 1, fall: 1, when: 'before-steps' }
    : { intervalMs: 10_000, timeoutMs: 5_000, rise: 1, fall: 2, when: 'before-steps' };

/** The new servers of a plan, each once, however many services it is in. */
function newServers({ directors }: Plan) {
  const servers = directors.flatMap(({ services }) =>
    services.flatMap(({ newServers: keys, baseline, added }) =>
      [...baseline.servers, ...added].filter(({ key }) => keys.includes(key)),
    ),
  );
  return [...new Map(servers.map((server) => [server.key, server])).values()];
}
