import type { EventBody } from '../../domain/events/event.ts';
import { type Failure, fail, ok, type Result } from '../../domain/failure.ts';
import type { Plan } from '../../domain/rollout/plan.ts';
import { afterAnswer, type TimedGate, unasked } from '../../rollout/gates/gate-state.ts';
import type { Clock, GateAnswer, GateContext, StopSwitch } from '../../rollout/ports.ts';
import type { Audience } from '../audience.ts';
import type { RunRequest } from '../conduct/request.ts';
import type { ControlPorts } from '../ports.ts';
import type { MaintenanceRun } from './prepare.ts';

export interface HealthWatch {
  readonly checks: readonly TimedGate[];
  /** The time that the servers may take to become healthy. */
  readonly withinMs: number;
  readonly about: GateContext;
  readonly clock: Clock;
  readonly stop: StopSwitch;
  readonly emit: (event: EventBody) => void;
  /** The failure when a check has not passed `rise` times in a row. */
  readonly failed: (
    gate: string,
    last: { readonly detail: string; readonly rise: number },
  ) => Failure;
}

/**
 * Asks until every check has passed `rise` times in a row. A server that has just been started may fail
 * as often as it likes until the time is over.
 */
export async function awaitHealthy(watch: HealthWatch): Promise<Result<void>> {
  const { checks, withinMs, clock, stop, emit } = watch;
  const deadlineMs = clock.nowMs() + withinMs;
  const intervalMs = Math.max(0, ...checks.map(({ timing }) => timing.intervalMs));
  // Failing is no verdict here: only the time that it takes is.
  let standings = checks.map(({ gate, timing }) =>
    unasked({ gate, timing: { ...timing, fall: Number.POSITIVE_INFINITY } }),
  );
  for (;;) {
    const askedMs = clock.nowMs();
    const answers = await Promise.all(checks.map((check) => ask(watch, check)));
    const signal = stop.requested()?.signal;
    if (signal) return fail({ kind: signal, what: 'stopped: the servers stay out of service' });
    standings = standings.map((standing, index) => {
      const answer = answers[index];
      return answer ? afterAnswer(standing, answer, clock.nowMs()) : standing;
    });
    const tell = (type: 'gate-passed' | 'gate-failed', index: number): void => {
      const standing = standings[index];
      if (standing) emit({ type, ...standing.gate, step: 0, detail: standing.detail });
    };
    // The last word has to be a good one, of all of them at the same time.
    const sick = standings.findIndex(({ streak, timing }) => streak < timing.rise);
    if (sick < 0) {
      for (const index of checks.keys()) tell('gate-passed', index);
      return ok(undefined);
    }
    const nextMs = askedMs + intervalMs;
    if (nextMs > deadlineMs) {
      tell('gate-failed', sick);
      const { gate, timing } = checks[sick] ?? {};
      const { detail = '' } = answers[sick] ?? {};
      return fail(watch.failed(gate?.name ?? '', { detail, rise: timing?.rise ?? 0 }));
    }
    await clock.sleepUntil(nextMs, stop.signal());
  }
}

async function ask(
  { about, clock, stop }: HealthWatch,
  { gate, timing }: TimedGate,
): Promise<GateAnswer> {
  const late = new AbortController();
  const answered = new AbortController();
  const lateMs = clock.nowMs() + timing.timeoutMs;
  void clock.sleepUntil(lateMs, answered.signal).then(() => late.abort());
  const answer = await gate.ask(about, AbortSignal.any([late.signal, stop.signal()]));
  answered.abort();
  return answer;
}

const stillSick: HealthWatch['failed'] = (gate, { detail, rise }) => ({
  kind: 'gate',
  what: `${gate} did not pass ${rise} times in a row (${detail}): nothing was changed, and the server stays out of service`,
  next: 'look at the server and bring it in again; --check-timeout gives it more time',
});

/** `--check`: what has to be true of the servers of a plan before they get any weight. */
export function awaitHealthyFirst(
  ports: Pick<ControlPorts, 'createGates'>,
  { terms, opened }: MaintenanceRun,
  { plan, audience }: { readonly plan: Plan; readonly audience: Audience },
): RunRequest['ready'] {
  if (!plan.gates?.check) return undefined;
  return async ({ rollout, stop, emit }) => {
    const checks = await ports.createGates({ ...plan, schedule: [] });
    if (!checks.ok) return checks;
    const { from, to } = plan;
    const watch: HealthWatch = {
      checks: checks.value,
      withinMs: terms.checkWithinMs,
      about: { rollout, step: 0, of: plan.schedule.length - 1, movedFraction: 0, from, to },
      clock: opened.clock,
      stop,
      emit,
      failed: stillSick,
    };
    const names = checks.value.map(({ gate }) => gate.name);
    return audience.waitingFor({ kind: 'health', checks: names }, () => awaitHealthy(watch));
  };
}
