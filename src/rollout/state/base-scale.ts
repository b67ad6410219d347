import { type ServicePlan, scaleAt } from '../../domain/rollout/plan.ts';
import { baseScaleWeights } from '../../planner/weights/base-scale.ts';
import { type DirectorState, type Milestone, withoutLost } from './director-state.ts';
import { currentScale, expectedTarget, isOnScale } from './expected-weights.ts';
import type { RolloutState } from './rollout-state.ts';

export type BaseScale = Extract<Milestone, { readonly kind: 'base-scale' }>;

/** A milestone and the directors that have yet to reach it. */
export interface BaseScaleGoal {
  readonly milestone: BaseScale;
  readonly directors: readonly string[];
}

/**
 * The next directors whose services can have their base scale back with the shares that are in force;
 * undefined where all have it, or cannot. Directors with the same weights go together.
 */
export function nextBaseScale({ plan, directors }: RolloutState): BaseScaleGoal | undefined {
  const goals = withoutLost(directors).flatMap(([name, director]): BaseScaleGoal[] => {
    const services = plan.directors.find((one) => one.director === name)?.services ?? [];
    const weights = services.flatMap((service) => baseOf(service, director) ?? []);
    return weights.length > 0
      ? [{ milestone: { kind: 'base-scale', services: weights }, directors: [name] }]
      : [];
  });
  const [first] = goals;
  if (!first) return undefined;
  const same = JSON.stringify(first.milestone);
  const together = goals.filter(({ milestone }) => JSON.stringify(milestone) === same);
  return { ...first, directors: together.flatMap((goal) => goal.directors) };
}

function baseOf(
  plan: ServicePlan,
  director: DirectorState,
): BaseScale['services'][number] | undefined {
  if (!isOnScale(plan, director) || isTouched(plan, director)) return undefined;
  const { weights } = expectedTarget(plan, { ...director, bystanders: new Map() });
  const inForce = plan.servers.map((server) => weights.get(server) ?? 0);
  const scale = scaleAt(plan, director.step);
  const base = baseScaleWeights({ ...plan, scale }, inForce);
  return base && { service: plan.service, weights: base };
}

/**
 * Whether weights stand there that the plan did not set, or those of a rollback that may have a scale
 * of its own, or an edit may have been half made.
 */
const isTouched = (
  { service }: ServicePlan,
  { accepted, back, bystanders, intended }: DirectorState,
): boolean =>
  (accepted?.get(service)?.size ?? 0) > 0 ||
  back !== undefined ||
  intended.some((milestone) => milestone.kind === 'retire') ||
  [...bystanders.values()].some((one) => one.service === service && (one.weight ?? 0) > 0);

/** A service that stays on the scale of the ramp, and the weights of a newcomer there. */
export interface ScaleInForce {
  readonly director: string;
  readonly service: string;
  readonly multiplier: number;
  readonly divisor: number;
  /** The base weight of a usual server, and the one that stands for it. */
  readonly newcomer: { readonly base: number; readonly weight: number };
}

/** The services whose weights are on another scale than before the rollout. */
export const scalesInForce = ({ plan, directors }: RolloutState): readonly ScaleInForce[] =>
  plan.directors.flatMap(({ director: name, services }) => {
    const director = directors.get(name);
    if (!director) return [];
    return services.flatMap((service) => {
      if (!isOnScale(service, director)) return [];
      const { multiplier, divisor } = currentScale(service, director);
      const base = Math.max(1, ...service.baseline.servers.map(({ weight }) => weight));
      const weight = Math.max(1, Math.round((base * multiplier) / divisor));
      return [
        {
          director: name,
          service: service.service,
          multiplier,
          divisor,
          newcomer: { base, weight },
        },
      ];
    });
  });

/**
 * Says what whoever adds a server by hand has to know: `tcp/10.0.0.100:80 is on the scale of the ramp
 * (x 3/50): a server that usually has weight 100 needs 6 there`. Names the directors where others that
 * hold the service are not on that scale. Empty where all are on their own scale.
 */
export function scaleWords(state: RolloutState): string {
  const inForce = scalesInForce(state);
  const said = new Set(
    inForce.map(({ service, multiplier, divisor, newcomer }) => {
      const alike = inForce.filter(
        (one) =>
          one.service === service && one.multiplier === multiplier && one.divisor === divisor,
      );
      const holding = state.plan.directors.filter(({ services }) =>
        services.some((one) => one.service === service),
      );
      const where =
        alike.length < holding.length
          ? ` on ${alike.map(({ director }) => director).join(', ')}`
          : '';
      const scale = `x ${multiplier}${divisor === 1 ? '' : `/${divisor}`}`;
      return `${service}${where} is on the scale of the ramp (${scale}): a server that usually has weight ${newcomer.base} needs ${newcomer.weight} there`;
    }),
  );
  return [...said].join('; ');
}
