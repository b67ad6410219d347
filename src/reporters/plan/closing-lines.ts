import { assertNever } from '../../domain/assert-never.ts';
import { fullNames } from '../../domain/places/named-servers.ts';
import { maintenanceOf } from '../../domain/rollout/maintenance.ts';
import type { Plan } from '../../domain/rollout/plan.ts';
import { roughly, shortPercent } from '../text/amounts.ts';
import { wrapWords } from '../text/wrap-words.ts';

/** Says what follows the ramp, and what happens when the old servers do not become empty. */
export function closingLines(plan: Plan, width: number): readonly string[] {
  const { policy, directors } = plan;
  const maintenance = maintenanceOf(plan);
  if (plan.until !== undefined) {
    const part = shortPercent(plan.until);
    const moved = fullNames(plan.to, plan.names);
    const where = plan.move
      ? `with ${moved} on the way to ${plan.to.length === 1 ? 'its weight' : 'their weights'}`
      : `with ${fullNames(plan.from, plan.names)} and ${moved} in the table`;
    const text = `At ${part} the ramp ends for now, ${where}: drain resume goes on from there, drain promote takes the rest at once, drain rollback goes back.`;
    return wrapWords(text, { columns: width, rest: '  ' });
  }
  if (plan.move) {
    const what =
      'After the ramp: all other servers have exactly their own weights. drain rollback goes back.';
    return wrapWords(what, { columns: width, rest: '  ' });
  }
  if (maintenance === 'in') return ['After the ramp: nothing is left to do.'];
  const old = fullNames(plan.from, plan.names);
  const quiet = policy.settleMs > 0 ? ` and none comes for ${roughly(policy.settleMs)}` : '';
  const last = policy.keep
    ? 'keep it in the table at weight 0'
    : plan.from.length === 1
      ? 'remove it'
      : 'remove each';
  const takenBack =
    !maintenance &&
    directors.some(({ services }) =>
      services.some(({ scale }) => scale.multiplier !== scale.divisor),
    );
  const scale = takenBack ? ', and take the scale of the weights back (row "end")' : '';
  return [
    `After the ramp: wait until ${old} has no connection left${quiet}, then ${last}${scale}.`,
    `If that takes longer than ${roughly(policy.drainTimeoutMs)}: ${timeoutWords(plan)}.`,
  ].flatMap((text) => wrapWords(text, { columns: width, rest: '  ' }));
}

function timeoutWords({ policy }: Plan): string {
  switch (policy.onTimeout) {
    case 'hold':
      return 'stop, with it at weight 0 (exit code 4)';
    case 'remove':
      return policy.keep
        ? 'call it done all the same'
        : 'remove it all the same, which cuts its connections off';
    case 'reset':
      return 'reset the clients that are left, which connect anew, and remove it';
    case 'rollback':
      return 'go back to the weights from before (exit code 4)';
    default:
      return assertNever(policy.onTimeout);
  }
}
