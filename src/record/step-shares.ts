import type { RolloutRecord, ServiceRecord, StepRecord } from './rollout-record.ts';

/** The share planned for a step in one service, and the share delivered until the next step. */
export interface StepShare {
  readonly planned: number;
  /** The share delivered; absent where nobody counted, or no connection came. */
  readonly delivered?: number;
  readonly connections: number;
}

/**
 * The shares of each step, in the order of `steps`; a step lasts until the weights change, by the
 * next step or a rollback at once. A window of counting belongs to the step of its middle.
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
