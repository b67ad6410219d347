import type { CommandRow } from '../command-line/command.ts';
import { besideJournal } from '../command-line/usual-options.ts';

/** Commands that run until they are told to stop. */
export const daemonRows: readonly CommandRow[] = [
  {
    name: 'guard',
    summary: 'check the health of real servers: weight 0 while one is down, a ramp when it is back',
    arguments: [
      {
        placeholder: '<file>',
        help: 'which services, and how their servers are asked (YAML)',
      },
    ],
    options: [...besideJournal, 'director', 'ipvsadm', 'yes'],
    notes: ['Runs until SIGTERM or SIGINT; SIGHUP reads the file again.'],
    examples: ['drain guard /etc/drain/guard.yaml --director ssh://root@lb1'],
    exitCodes: [0, 2, 3, 6, 7],
    load: () => import('./guard.ts'),
  },
  {
    name: 'serve',
    summary: 'Prometheus metrics and a live page; reads, and changes nothing',
    options: [...besideJournal, 'listen', 'tokenFile', 'director', 'ipvsadm'],
    notes: ['Runs until SIGTERM or SIGINT.'],
    examples: ["drain serve --listen '[::]:9815' --token-file /etc/drain/token"],
    exitCodes: [0, 2, 3, 7],
    load: () => import('./serve.ts'),
  },
];
