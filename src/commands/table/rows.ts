import type { CommandRow } from '../command-line/command.ts';
import { besideJournal, handOver } from '../command-line/usual-options.ts';

/** Commands that examine the table of a director. */
export const tableRows: readonly CommandRow[] = [
  {
    name: 'list',
    summary: 'the table: services, servers, names, weights, who is out and why, rollouts',
    description:
      'Lists the virtual services of the directors with their servers: names and groups of the config file, weights (with the base weight where a rollout has the service on a scale of its own), shares, connections, who is out of service since when and why, and which rollout or cluster has the service. Directors with the same table of a service share its lines.',
    arguments: [{ placeholder: '[services...]', help: 'only these: tcp/10.0.0.100:80, fwm/7' }],
    options: [...besideJournal, 'director', 'ipvsadm'],
    helps: { output: 'json: an object a line for each service of each director (default: auto)' },
    examples: ['drain list', 'drain list tcp/10.0.0.100:80 --output json | jq .'],
    exitCodes: [0, 2, 3],
    load: () => import('./list.ts'),
  },
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
