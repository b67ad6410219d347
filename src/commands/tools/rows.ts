import type { CommandRow } from '../command-line/command.ts';

/** The rest. */
export const toolRows: readonly CommandRow[] = [
  {
    name: 'demo',
    summary: 'play a five-minute blue/green on a simulated director',
    options: ['output'],
    load: () => import('./demo.ts'),
  },
];
