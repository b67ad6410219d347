import type { CommandRow } from '../command-line/command.ts';

/** Commands of no other group. */
export const toolRows: readonly CommandRow[] = [
  {
    name: 'demo',
    summary: 'play a five-minute blue/green on a simulated director',
    options: ['output'],
    load: () => import('./demo.ts'),
  },
];
