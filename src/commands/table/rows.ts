import type { CommandRow } from '../command-line/command.ts';
import { handOver } from '../command-line/usual-options.ts';

/** Commands that examine the table of a director. */
export const tableRows: readonly CommandRow[] = [
  {
    name: 'doctor',
    summary: 'look at the director for what stands in the way, and estimate the drain',
    options: [...handOver, 'kube'],
    examples: [
      'drain doctor',
      'drain doctor --kube /etc/drain/kube.yaml',
      'drain doctor --from 10.0.0.1 --to 10.0.0.2 --output json',
    ],
    exitCodes: [0, 2, 3],
    load: () => import('./doctor.ts'),
  },
];
