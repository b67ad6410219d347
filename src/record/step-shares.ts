import type { RolloutRecord, ServiceRecord, StepRecord } from './rollout-record.ts';

/** What was planned for a step in one service, and what came until the next. */
export interface StepShare {
  readonly planned: number;
  /** Absent where nobody counted, or nobody came. */
  readonly delivered?: number;
  readonly connections: number;
}

/**
 * Of each step, in the order of `steps`; it lasts until the next, or until something else changes the
 * weights, such as a way back at once. A window of counting belongs to the step of its middle.
 */
export function stepShares(
  service: ServiceRecord,
  { steps, untilMs }: Pick<RolloutRecord, 'steps' | 'untilMs'>,
): readonly StepShare[] {
  return steps.map((step, index) => {
    const nextMs = steps[index + 1]?.atMs ?? untilMs;
    const changed = service.plannedShare.find(({ atMs }) => atMs > step.atMs);
    const endMs = Math.min(nextMs, changed?.atMs ?? nextMs);
    const own = service.delivered.filter(({ fromMs, toMs }) => {
      const middle = (fromMs + toMs) / 2;
      return middle >= step.atMs && middle < endMs;
    });
    const connections = sum(own.map((window) => window.connections));
    const onThem = sum(own.map((window) => window.onThem));
    const planned = plannedAt(service, step);
    return {
      planned,
      connections,
      ...(connections > 0 ? { delivered: onThem / connections } : {}),
    };
  });
}

const plannedAt = ({ plannedShare }: ServiceRecord, { atMs }: StepRecord): number =>
  plannedShare.findLast((point) => point.atMs <= atMs)?.share ?? 0;

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
