import { findServer } from '../../domain/ipvs/ipvs.ts';
import {
  type MovingWeight,
  type ServicePlan,
  scaleAt,
  type WeightScale,
} from '../../domain/rollout/plan.ts';
import { moveTable, type RampTable, rampTable, sum } from './ramp-table.ts';
import { stepsOf } from './ramp-weights.ts';
import { placesOf } from './schedulers.ts';
import { chooseScale, type Measured, scaleError } from './weight-scale.ts';

/** The rest of a ramp on another scale: the same fractions, other integers. */
export interface Rescaled {
  readonly fromStep: number;
  readonly scale: WeightScale;
  /** Weights from `fromStep` on, as a plan has them. */
  readonly steps: ServicePlan['steps'];
}

/** The factor by which a rate that is known for sure has to differ before another scale is looked for. */
const noticed = 1.1;

/** The factor from which a rate is another one, and the scale is to fit even where little is gained. */
const another = 2;

/** Connections by which a step may be off and its scale fit: nobody is any nearer on purpose. */
const fitting = 1;

/**
 * The part of the rest that a scale is chosen for: another is looked for at each step, and the journal
 * of a ramp of thousands of steps has room for some dozens.
 */
const lookAhead = 1 / 16;

/** Connections of a step that another scale has to be better by. */
const worthwhile = { usual: 0.5, atAnotherRate: 0.1 };

/**
 * The rest of a service's ramp on the scale that fits its next steps at the connections which really
 * arrive; `undefined` where the scale in force does, or where another one could not be had without an
 * old server rising or a new one falling at once.
 */
export function rescale(
  plan: ServicePlan,
  fractions: readonly number[],
  fromStep: number,
  measured: Measured,
): Rescaled | undefined {
  const { connectionsPerStep, uncertainty } = measured;
  const now = scaleAt(plan, fromStep);
  const change = Math.max(
    connectionsPerStep / (now.connectionsPerStep ?? 0),
    (now.connectionsPerStep ?? 0) / connectionsPerStep,
  );
  const { moving } = plan;
  // Places have no cycle that a step could be too short for.
  if (placesOf(plan) !== undefined) return undefined;
  // At its last step a ramp has arrived.
  if (fractions.length - fromStep < 2) return undefined;
  const isPlanned = plan.rescaled === undefined;
  if (!moving || (isPlanned && change < noticed * (1 + uncertainty))) return undefined;
  const table = tableOf(plan);
  const rest = fractions.slice(fromStep);
  const ahead = rest.slice(0, Math.max(1, Math.floor(rest.length * lookAhead)));
  const { scale } = chooseScale(table, ahead, connectionsPerStep, {
    everyStepMoves: moving.everyStepMoves,
    uncertainty,
    steps: fractions.length - 1,
  });
  if (scale.multiplier === now.multiplier) return undefined;
  const gain = change >= another ? worthwhile.atAnotherRate : worthwhile.usual;
  const error = scaleError(table, now.multiplier, ahead, measured);
  if (error <= fitting) return undefined;
  if (scale.errorConnections > error - gain) return undefined;
  const steps = restOf(plan, table, scale.multiplier, rest);
  return goesOn(plan, fromStep, steps[0] ?? []) ? { fromStep, scale, steps } : undefined;
}

/** The steps of the rest; without old servers a ramp ends on the scale of the table. */
export function restOf(
  { oldServers, finalWeights }: ServicePlan,
  table: RampTable,
  multiplier: number,
  rest: readonly number[],
): ServicePlan['steps'] {
  const steps = stepsOf(table, multiplier, rest);
  return oldServers.length > 0 ? steps : steps.with(-1, finalWeights);
}

/** The baseline of the ramp. */
export function tableOf(plan: ServicePlan): RampTable {
  const { baseline, oldServers, newServers, servers, finalWeights, out = [] } = plan;
  if (oldServers.length === 0) {
    const now = servers.map((key) => findServer(baseline, key)?.weight ?? 0);
    return moveTable(
      newServers.map((_, index) => ({ now: now[index] ?? 0, target: finalWeights[index] ?? 0 })),
      { bystanders: now.slice(newServers.length), out: out.map(([, weight]) => weight) },
    );
  }
  const moving = plan.moving ?? movingBy(plan);
  const weights = (keys: ServicePlan['servers']) =>
    keys.map((key) => ({ weight: findServer(baseline, key)?.weight ?? 0 }));
  const selection = {
    old: weights(oldServers),
    new: weights(newServers),
    bystanders: weights(servers.slice(oldServers.length + newServers.length)),
    out: out.map(([, weight]) => weight),
  };
  return rampTable(selection, moving.gains, moving.extra);
}

/** The weight that moves by the end of a plan that does not say it: one whose scale is to stay. */
function movingBy({
  baseline,
  oldServers,
  newServers,
  finalWeights,
}: ServicePlan): Pick<MovingWeight, 'gains' | 'extra'> {
  const gains = newServers.map((server, index) => {
    const before = findServer(baseline, server)?.weight ?? 0;
    return Math.max(0, (finalWeights[oldServers.length + index] ?? 0) - before);
  });
  const hasOld = oldServers.some((server) => (findServer(baseline, server)?.weight ?? 0) > 0);
  return { gains, extra: hasOld ? 0 : sum(gains) };
}

/**
 * Whether no old server's share rises and no new one's falls, from the step before on; but one that loses
 * weight in a move.
 */
function goesOn(plan: ServicePlan, fromStep: number, next: readonly number[]): boolean {
  const before = plan.steps[fromStep - 1] ?? [];
  const [totalBefore, totalNext] = [sum(before), sum(next)];
  const moved = plan.oldServers.length + plan.newServers.length;
  return next.slice(0, moved).every((weight, index) => {
    const grows = weight * totalBefore - (before[index] ?? 0) * totalNext;
    const falls =
      index < plan.oldServers.length ||
      (plan.moving?.gains[index - plan.oldServers.length] ?? 0) < 0;
    return falls ? grows <= 0 : grows >= 0;
  });
}
