import type { Plan } from '../../domain/rollout/plan.ts';
import { roughly, shortPercent } from '../text/amounts.ts';
import { wrapWords } from '../text/wrap-words.ts';
import { askedText } from './gate-terms.ts';

/** Tells whether the steps follow each other at one distance. */
export const isEven = ({ schedule, overMs }: Pick<Plan, 'schedule' | 'overMs'>): boolean =>
  schedule.every(({ atMs }, step) => {
    const evenMs = (step * overMs) / Math.max(1, schedule.length - 1);
    return Math.abs(atMs - evenMs) <= 1;
  });

/**
 * Says at which steps the rollout stays for longer or shorter than at the others, waits for
 * somebody, or asks gates of the step's own. One line a step: `Step 1 (5 %): stays for 10m.`
 */
export function stopLines(plan: Plan, width: number): readonly string[] {
  return plan.schedule.flatMap(({ fraction, manual, gates = [] }, step) => {
    const holdMs = ownHoldMs(plan, step);
    const asked = gates.map(askedText).join(', ');
    const parts = [
      ...(holdMs === undefined ? [] : [`stays for ${roughly(holdMs)}`]),
      ...(manual ? ['waits until somebody continues it (drain continue)'] : []),
      ...(asked === '' ? [] : [`asks ${asked} before the rollout goes on`]),
    ];
    if (parts.length === 0) return [];
    const text = `Step ${step} (${shortPercent(fraction)}): ${parts.join('; ')}.`;
    return wrapWords(text, { columns: width, rest: '  ' });
  });
}

/** The time until the next step, where that is not the plan's interval. */
function ownHoldMs(plan: Plan, step: number): number | undefined {
  const [at, next] = [plan.schedule[step], plan.schedule[step + 1]];
  if (!at || !next || isEven(plan)) return undefined;
  const holdMs = next.atMs - at.atMs;
  return holdMs === plan.everyMs ? undefined : holdMs;
}
