import type { CommandRow } from '../command-line/command.ts';
import { besideJournal } from '../command-line/usual-options.ts';

/** Commands of no other group. */
export const toolRows: readonly CommandRow[] = [
  {
    name: 'demo',
    summary: 'play a five-minute blue/green on a simulated director',
    options: ['output'],
    examples: ['drain demo', 'drain demo --output json'],
    exitCodes: [0, 2, 130],
    load: () => import('./demo.ts'),
  },
  {
    name: 'demo kube',
    summary: 'play a rolling upgrade of a simulated cluster of six nodes',
    description:
      'Plays what drain kube does while six simulated nodes are cordoned, labelled, drained, deleted and made anew, one after the other: a picture on a terminal for some ten seconds, lines elsewhere. Ends with 0 when no connection has failed, with 4 otherwise.',
    options: ['output'],
    examples: ['drain demo kube', 'drain demo kube --output json'],
    exitCodes: [0, 2, 4, 130],
    load: () => import('./demo-kube.ts'),
  },
  {
    name: 'lint',
    summary: 'what is wrong with plan, config, guard and kube files, without a director',
    arguments: [
      { placeholder: '<files...>', help: 'plans, config files, guard files, simulated directors' },
    ],
    options: besideJournal,
    examples: ['drain lint deploy/*.yaml /etc/drain/drain.yaml'],
    exitCodes: [0, 2],
    load: () => import('./lint.ts'),
  },
  {
    name: 'schema',
    summary: 'the JSON Schema of a kind of file, for editors: plan, config, guard or kube',
    arguments: [{ placeholder: '<kind>', help: 'plan, config, guard or kube' }],
    options: besideJournal,
    examples: ['drain schema plan > plan.schema.json'],
    exitCodes: [0, 2],
    load: () => import('./schema.ts'),
  },
  {
    name: 'version',
    summary: 'the version of drain',
    options: besideJournal,
    helps: { output: 'json: with those of Node and of the machine (default: auto)' },
    examples: ['drain version --output json'],
    exitCodes: [0, 2],
    load: () => import('./version.ts'),
  },
  {
    name: 'completion',
    summary: 'the completion of a shell: bash, zsh or fish',
    description:
      'Prints a script that completes commands, options and their values, and from this machine services, servers, groups, directors and rollouts. It connects to nobody.',
    arguments: [{ placeholder: '<shell>', help: 'bash, zsh or fish' }],
    takesCommand: true,
    options: [...besideJournal, 'director', 'ipvsadm'],
    helps: {
      output: 'json: an object a line (default: auto)',
      director: 'whose servers are completed; only this machine, and sim, are asked',
    },
    notes: [
      'With -- and the words of a command line it prints what fits as the last of them, one a line, each with a tab and its help: the scripts call that.',
    ],
    examples: [
      'eval "$(drain completion bash)"',
      'drain completion zsh > ~/.zfunc/_drain',
      'drain completion fish | source',
      'drain completion bash -- drain rollback 2026',
    ],
    exitCodes: [0, 2],
    load: () => import('./completion/completion.ts'),
  },
];
