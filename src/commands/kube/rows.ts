import { ownOption } from '../../config/options/command-options.ts';
import type { CommandRow } from '../command-line/command.ts';
import { besideJournal } from '../command-line/usual-options.ts';

/** Options of commands about clusters. */
export const adopt = ownOption(
  '--adopt',
  "take servers that the cluster asks for and the table has already for the cluster's own",
);
export const quorum = ownOption(
  '--quorum <n>',
  'a Service that is deleted is gone when so many directors have let it go; the others do so when they answer (default: all)',
);
export const timeout = ownOption('--timeout <duration>', 'how long to wait (default: 10m)');
export const unit = ownOption('--unit', 'a unit of systemd, for a controller on the director');

/** Commands of a cluster that drives the directors. */
export const kubeRows: readonly CommandRow[] = [
  {
    name: 'kube',
    summary:
      'keep the table what a Kubernetes cluster says: nodes join by a ramp, and leave when empty',
    description:
      'Watches the Services, nodes and endpoints of a cluster, and keeps the virtual services of the directors that Services of the file ask for: a node joins from weight 0 as a ramp, one that leaves goes to weight 0 and out of the table when its last connection has ended. Servers that it has not added are left alone.',
    arguments: [{ placeholder: '<file>', help: 'which cluster, Services, nodes and rules (YAML)' }],
    options: [
      ...besideJournal,
      'director',
      'ipvsadm',
      'dryRun',
      'listen',
      'tokenFile',
      'yes',
      adopt,
      quorum,
    ],
    helps: {
      listen:
        'address and port of /metrics, /healthz and /readyz (default: 127.0.0.1:9816); metrics beyond this machine only with a token',
      tokenFile:
        'what whoever reads /metrics has to bring as Authorization: Bearer (or DRAIN_SERVE_TOKEN in the environment)',
      dryRun: 'look once: what would be changed, and why; change nothing',
    },
    notes: [
      'Runs until SIGTERM or SIGINT, and leaves the table as it is then; SIGHUP reads the file again. drain continue kube-CLUSTER believes a cluster that has shrunk to nothing.',
    ],
    examples: ['drain kube /etc/drain/kube.yaml --dry-run', 'drain kube /etc/drain/kube.yaml'],
    exitCodes: [0, 2, 3, 6, 7, 130],
    load: () => import('./kube.ts'),
  },
  {
    name: 'kube manifests',
    summary: 'what the cluster needs: RBAC, ServiceAccount, Deployment; or a unit of systemd',
    description:
      'Prints YAML for kubectl apply: RBAC as small as the file allows, a ServiceAccount, and a Deployment with the file where that says inCluster: true; for a controller on the director the token of its kubeconfig instead.',
    arguments: [{ placeholder: '[file]', help: 'the file of drain kube; an example without it' }],
    options: [...besideJournal, unit],
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
    options: [...besideJournal, 'director', 'ipvsadm', timeout],
    notes: ['A node that still has weight somewhere is waited for: it may get a connection.'],
    examples: ['drain kube wait worker-2 --timeout 10m && kubectl delete node worker-2'],
    exitCodes: [0, 2, 3, 4, 7, 130],
    load: () => import('./wait.ts'),
  },
];
