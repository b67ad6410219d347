import type { ServiceRecord } from './rollout-record.ts';

/** The words of charts and tables of shares, each with its meaning in a line. */
export const shareWords = (
  shareOf: ServiceRecord['shareOf'],
): readonly (readonly [word: string, meaning: string])[] => [
  ['moved', 'the part of the weight of the old servers that has been moved'],
  ['planned', `the share of new connections that the weights ask for on the ${shareOf} servers`],
  [
    'delivered',
    `the share of new connections that the kernel has counted on the ${shareOf} servers`,
  ],
];
