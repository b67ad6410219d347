import { roleWord } from '../domain/rollout/maintenance.ts';
import type { Move } from '../domain/rollout/plan.ts';
import type { ServiceRecord } from './rollout-record.ts';

/** The words of charts and tables of shares, each with its meaning in a line. */
export const shareWords = (
  shareOf: ServiceRecord['shareOf'],
  move: Move | undefined,
): readonly (readonly [word: string, meaning: string])[] => {
  const servers = `the ${roleWord(shareOf, move)} servers`;
  const way = `the part of the way to their weights that ${servers} have gone`;
  return [
    ['moved', move ? way : 'the part of the weight of the old servers that has been moved'],
    ['planned', `the share of new connections that the weights ask for on ${servers}`],
    ['delivered', `the share of new connections that the kernel has counted on ${servers}`],
  ];
};
