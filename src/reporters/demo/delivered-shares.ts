import type { ServerKey } from '../../domain/address.ts';
import {
  type Delivered,
  type DemoRecord,
  deliveredBetween,
  type StepMark,
  totalOf,
} from './demo-record.ts';

/** Planned and delivered shares of one step. */
export interface StepShares {
  readonly step: number;
  /** New connections while the step was in force. */
  readonly connections: number;
  readonly shares: readonly ServerShare[];
}

export interface ServerShare {
  readonly server: ServerKey;
  readonly weight: number;
  /** The planned part of the service's new connections, 0…1. */
  readonly planned: number;
  readonly delivered: number;
}

/** Planned and delivered shares for each step in force long enough to get a connection. */
export function sharesByStep(record: DemoRecord): readonly StepShares[] {
  const { steps, samples } = record;
  return steps.flatMap((mark, index) => {
    const end = steps[index + 1]?.delivered ?? samples.at(-1)?.delivered ?? mark.delivered;
    const shares = stepShares(record, mark, end);
    return shares.connections > 0 ? [shares] : [];
  });
}

/** The shares of the step in force; until it has a connection, `delivered` is the step's before. */
export function currentShares(record: DemoRecord): StepShares | undefined {
  const { steps, samples } = record;
  const mark = steps.at(-1);
  if (!mark) return undefined;
  const now = stepShares(record, mark, samples.at(-1)?.delivered ?? mark.delivered);
  if (now.connections > 0) return now;
  const before = sharesByStep(record).at(-1);
  if (!before) return now;
  return {
    ...now,
    shares: now.shares.map((share, index) => ({
      ...share,
      delivered: before.shares[index]?.delivered ?? 0,
    })),
  };
}

function stepShares({ service }: DemoRecord, mark: StepMark, end: Delivered): StepShares {
  const { servers } = service;
  const weights = service.steps[mark.step] ?? [];
  const weightSum = weights.reduce((sum, weight) => sum + weight, 0);
  const counts = deliveredBetween(mark.delivered, end);
  const connections = totalOf(counts);
  return {
    step: mark.step,
    connections,
    shares: servers.map((server, index) => ({
      server,
      weight: weights[index] ?? 0,
      planned: weightSum === 0 ? 0 : (weights[index] ?? 0) / weightSum,
      delivered: connections === 0 ? 0 : (counts.get(server) ?? 0) / connections,
    })),
  };
}

export interface Deviation {
  readonly step: number;
  readonly server: ServerKey;
  /** The deviation as a fraction: 0.01 is one percentage point. */
  readonly fraction: number;
  /** The deviation in connections. */
  readonly connections: number;
}

/** The largest deviation of a delivered share from the planned one, over all steps and servers. */
export function worstDeviation(steps: readonly StepShares[]): Deviation | undefined {
  let worst: Deviation | undefined;
  for (const { step, connections, shares } of steps) {
    for (const { server, planned, delivered } of shares) {
      const fraction = Math.abs(delivered - planned);
      if (worst && fraction <= worst.fraction) continue;
      worst = { step, server, fraction, connections: fraction * connections };
    }
  }
  return worst;
}
