import { fail, ok, type Result } from '../domain/failure.ts';
import type { GateSpec } from '../domain/health/gate.ts';
import { type GateValues, namesSide } from '../domain/health/gate-placeholders.ts';
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
  const values = valuesOf(plan);
  for (const { specs: all, atStep } of stages) {
    const specs = all.filter((spec) => isAbout(spec, plan));
    const gates = await createGates(specs, values);
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

/** Whether a plan has the servers that a gate names: `drain out` has no new ones. */
const isAbout = (spec: GateSpec, { from, to }: Plan): boolean =>
  (to.length > 0 || !namesSide(spec, 'new')) && (from.length > 0 || !namesSide(spec, 'old'));

const valuesOf = ({ from, to, directors }: Plan): GateValues => {
  const services = directors.flatMap((director) => director.services.map((one) => one.service));
  return { new: to, old: from, service: [...new Set(services)] };
};

/**
 * The timing of a gate: a command may be a whole smoke test, and its answer counts; a question over
 * the network may get lost; and what Prometheus said is what it knows until it has scraped again, every
 * 15 s in many places.
 */
function timingOf(spec: GateSpec): GateTiming {
  const { everyMs } = spec;
  const compares = spec.kind === 'prometheus' && spec.compare !== undefined;
  const about = compares ? 'both' : namesSide(spec, 'new') ? 'new' : undefined;
  return {
    ...usualTimings[spec.kind],
    when: 'before-steps',
    rise: 1,
    ...(everyMs === undefined
      ? {}
      : {
          when: 'always',
          intervalMs: everyMs,
          againMs: everyMs,
          againWithoutDataMs: everyMs,
        }),
    ...termsOf(spec),
    ...(about ? { about } : {}),
  };
}

const usualTimings = {
  command: { intervalMs: 10_000, timeoutMs: 60_000, fall: 1, againWithoutDataMs: 2_000 },
  http: { intervalMs: 10_000, timeoutMs: 5_000, fall: 2, againWithoutDataMs: 2_000 },
  prometheus: {
    intervalMs: 15_000,
    timeoutMs: 5_000,
    fall: 2,
    againMs: 15_000,
    againWithoutDataMs: 2_000,
  },
} as const;

const termsOf = ({ failures, after, noData, onFailure }: GateSpec) => ({
  ...(failures ? { failures } : {}),
  ...(after ? { after } : {}),
  ...(noData ? { noData } : {}),
  ...(onFailure ? { onFailure } : {}),
});

/** The new servers of a plan, each once, however many services it is in. */
function newServers({ directors }: Plan) {
  const servers = directors.flatMap(({ services }) =>
    services.flatMap(({ newServers: keys, baseline, added }) =>
      [...baseline.servers, ...added].filter(({ key }) => keys.includes(key)),
    ),
  );
  return [...new Map(servers.map((server) => [server.key, server])).values()];
}
