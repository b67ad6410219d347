import type { CommandRow } from '../command-line/command.ts';
import { besideJournal } from '../command-line/usual-options.ts';

/** Commands of a cluster that drives the directors. */
export const kubeRows: readonly CommandRow[] = [
  {
    name: 'kube',
    summary: 'what a cluster would make of the table: which nodes join, which leave, and why',
    description:
      'Looks once at a cluster, at the tables of the directors and at what is claimed there, and shows the virtual services and real servers as the cluster asks for them. Only this look is offered so far: nothing is changed, in the table or in the cluster.',
    arguments: [{ placeholder: '<file>', help: 'which cluster, Services, nodes and rules (YAML)' }],
    options: [...besideJournal, 'director', 'ipvsadm', 'dryRun'],
    helps: { dryRun: 'look once and change nothing; has to be said' },
    examples: ['drain kube /etc/drain/kube.yaml --dry-run'],
    exitCodes: [0, 2, 3, 7],
    load: () => import('./kube.ts'),
  },
  {
    name: 'kube manifests',
    summary: 'what the cluster needs: RBAC, ServiceAccount, Deployment; or a unit of systemd',
    description:
      'Prints YAML for kubectl apply: RBAC as small as the file allows, a ServiceAccount, and a Deployment with the file where that says inCluster: true; for a controller on the director the token of its kubeconfig instead.',
    arguments: [{ placeholder: '[file]', help: 'the file of drain kube; an example without it' }],
    options: [...besideJournal, 'unit'],
    examples: [
      'drain kube manifests /etc/drain/kube.yaml | kubectl apply -f -',
      'drain kube manifests --unit > drain-kube.service',
    ],
    exitCodes: [0, 2],
    load: () => import('./manifests.ts'),
  },
  {
    name: 'kube wait',
    summary: 'wait until no director holds a connection to a node',
    arguments: [
      { placeholder: '<node>', help: "a node's name, or an address of its servers" },
      {
        placeholder: '[file]',
        help: 'the file of drain kube: its cluster is asked for a node that no director knows',
      },
    ],
    options: [...besideJournal, 'timeout', 'director', 'ipvsadm'],
    notes: ['A node that still has weight somewhere is waited for: it may get a connection.'],
    examples: ['drain kube wait worker-2 --timeout 10m && kubectl delete node worker-2'],
    exitCodes: [0, 2, 3, 4, 7, 130],
    load: () => import('./wait.ts'),
  },
];
