import type { Diagnostic } from '../../../domain/failure.ts';
import type { TableManager } from '../../../domain/ipvs/host-facts.ts';
import { shortList } from '../../../domain/printable.ts';
import type { ServicePlan } from '../../../domain/rollout/plan.ts';

/**
 * Finds the steps that the weights of a managed service are too coarse for: its scale stays, so a step
 * that moves less than one unit of weight moves nothing. OLD at weight 2 in 4 steps: steps 2 and 4.
 */
export function examineCoarseness(
  service: string,
  owner: TableManager | undefined,
  steps: ServicePlan['steps'],
): readonly Diagnostic[] {
  if (!owner) return [];
  const idle = idleSteps(steps);
  if (idle.length === 0) return [];
  const moving = steps.length - 1 - idle.length;
  const whose = `${owner.name} (process ${owner.pid}) ${owner.services ? 'owns this service' : 'may own this service (its configuration could not be read whole)'}`;
  return [
    {
      severity: 'warning',
      code: 'managed-weights-coarse',
      service,
      message: `${whose} and puts weights of its own scale back, so the scale stays, and its weights have room for ${moving} of the ${steps.length - 1} steps: ${idle.length === 1 ? 'step' : 'steps'} ${spans(idle)} ${idle.length === 1 ? 'changes' : 'change'} nothing`,
      next: `give its servers larger weights in ${configOf(owner)}, all by the same factor (1000 instead of 1), and reload it before the rollout; or choose fewer steps`,
    },
  ];
}

const configOf = ({ name }: TableManager): string =>
  name === 'ldirectord' ? 'ldirectord.cf' : 'keepalived.conf';

/** The steps, from 1 on, that leave every weight where it stands. */
const idleSteps = (steps: ServicePlan['steps']): readonly number[] =>
  steps.flatMap((weights, step) => {
    const before = steps[step - 1];
    return before?.every((weight, index) => weight === weights[index]) ? [step] : [];
  });

/** `1 to 9, 11 to 19`. */
function spans(numbers: readonly number[]): string {
  const found: [number, number][] = [];
  for (const number of numbers) {
    const last = found.at(-1);
    if (last && last[1] === number - 1) last[1] = number;
    else found.push([number, number]);
  }
  return shortList(found.map(([from, to]) => (from === to ? `${from}` : `${from} to ${to}`)));
}
