import { ownOption } from '../../config/options/command-options.ts';
import { rolloutStatuses } from '../../domain/rollout/rollout-status.ts';
import type { CommandArgument, CommandRow } from '../command-line/command.ts';
import {
  besideJournal,
  handOver,
  resumeTermHelps,
  resumeTerms,
} from '../command-line/usual-options.ts';

/** The help of `--force` where a rollout starts. */
export const pastMarks =
  'although a server is out by an operator or its health, a drain around is at it, or its service goes below its floor';

/** Options of commands about rollouts. */
export const out = ownOption('-o, --out <file>', 'save the compiled plan, for drain apply');
export const ask = ownOption('--ask', 'ask each gate and check once, and show the answer');
const reportOut = {
  ...out,
  help: 'where to; - is stdout (default: drain-ID.html, or stdout where that is no terminal)',
};
export const startAt = ownOption(
  '--start-at <n>',
  'in a file with several rollouts: begin with this one (default: 1)',
);
export const watch = ownOption(
  '--watch',
  'go on showing it, until Ctrl-C or until the rollout of that id has ended',
);
export const all = ownOption('--all', 'every rollout that a crash or a shutdown cut off');
export const follow = ownOption(
  '--follow',
  'with --all: stay, and go on with those that are cut off from now on',
);
export const wait = ownOption(
  '--wait',
  'wait until the request is in force, and end as it does (default)',
);
export const noWait = ownOption(
  '--no-wait',
  'only hand the request in: do not wait until it is in force',
);

export const limit = ownOption('--limit <n>', 'show this many, the latest (default: 20)');
export const since = ownOption('--since <duration>', 'only what began in this time: 12h, 30d');
export const actor = ownOption(
  '--actor <name>',
  'only what this person did something to: anna, or anna@lb1 on that machine',
);
export const outcome = ownOption(
  '--outcome <state>',
  `only those of this state: ${rolloutStatuses.join(', ')}`,
);
export const keepFor = ownOption(
  '--keep <duration>',
  'how long what is over is kept (default: keep of the config file, or 90d)',
);

const aRollout: CommandArgument = {
  placeholder: '<id>',
  help: 'the rollout: its id, what is unique of it, or latest',
};
export const override = ownOption(
  '--override',
  'although rollouts are frozen, or outside of windows; that it was so is recorded with the rollout',
);
export const until = ownOption(
  '--until <time>',
  'when it ends by itself: 2h, 18:00, 2026-12-01T08:00 (default: with drain unfreeze)',
);

/** Commands that start a rollout, show one, and act on one. */
export const rolloutRows: readonly CommandRow[] = [
  {
    name: 'plan',
    summary: 'show the steps of a rollout and change nothing',
    arguments: [{ placeholder: '[file]', help: 'a plan file (YAML) or a compiled plan (-o)' }],
    options: [...handOver, 'force', out, ask],
    helps: { force: pastMarks },
    examples: [
      'drain plan --from 10.0.0.1 --to 10.0.0.2 --over 10m --curve s-curve',
      'drain plan --from blue --to green -o plan.json',
      'drain plan canary.yaml --ask',
    ],
    exitCodes: [0, 2, 3, 6, 7],
    load: () => import('./plans/plan.ts'),
  },
  {
    name: 'apply',
    summary: 'carry out a plan file (YAML) or a compiled plan (drain plan -o)',
    arguments: [{ placeholder: '<file>', help: 'the plan' }],
    options: [...handOver, 'force', startAt, override],
    helps: { force: pastMarks },
    examples: ['drain apply canary.yaml --report canary.html', 'drain apply plan.json --yes'],
    exitCodes: [0, 2, 3, 4, 5, 6, 7, 130],
    load: () => import('./plans/apply.ts'),
  },
  {
    name: 'status',
    summary: 'what runs, what is held, and the command that goes on',
    arguments: [{ placeholder: '[id]', help: 'only this rollout' }],
    options: [...besideJournal, watch],
    examples: ['drain status --watch', 'drain status --state /srv/drain --output json'],
    exitCodes: [0, 2, 7, 130],
    load: () => import('./status.ts'),
  },
  {
    name: 'history',
    summary: 'all rollouts, the latest first',
    options: [...besideJournal, 'service', limit, since, outcome, actor],
    helps: { service: 'only those of this service' },
    examples: [
      'drain history',
      'drain history --since 30d --service tcp/10.0.0.100:80 --limit 100',
      'drain history --output json | jq .',
    ],
    exitCodes: [0, 2, 7],
    load: () => import('./history.ts'),
  },
  {
    name: 'prune',
    summary: 'remove the journals of rollouts that were over long ago',
    description:
      'What can still go on is kept, and so is the last rollout of each service, which can be rolled back.',
    options: [...besideJournal, keepFor, 'dryRun', 'yes'],
    helps: { dryRun: 'say what would go, and remove nothing' },
    examples: ['drain prune --keep 90d --dry-run', 'drain prune --keep 90d'],
    exitCodes: [0, 2, 7],
    load: () => import('./prune.ts'),
  },
  {
    name: 'pause',
    summary: 'stop a running rollout where it is, from another terminal',
    arguments: [aRollout],
    options: [...besideJournal, 'yes', 'reason', wait, noWait],
    examples: ['drain pause 20260102-030405678-1a2b --reason "errors in eu-west"'],
    exitCodes: [0, 2, 4, 5, 6, 7],
    load: () => import('./pause.ts'),
  },
  {
    name: 'continue',
    summary: 'let a paused rollout go on',
    arguments: [aRollout],
    options: [...besideJournal, 'yes', 'reason', wait, noWait],
    examples: ['drain continue 20260102-030405678-1a2b --no-wait'],
    exitCodes: [0, 2, 4, 5, 6, 7],
    load: () => import('./continue.ts'),
  },
  {
    name: 'resume',
    summary: 'go on with a rollout that was held or cut off, at the pace of its plan',
    arguments: [{ placeholder: '[id]', help: 'the rollout' }],
    options: [
      ...([...besideJournal, 'report', 'yes', 'reason', 'over', 'until', ...resumeTerms] as const),
      ...(['force', all, follow, override] as const),
    ],
    helps: {
      ...resumeTermHelps,
      until: 'end at this share moved, such as 25% (default: go on to the end)',
      force: 'although another state folder, which cannot be read, has a later rollout there',
      over: 'length of the rest of the ramp (default: at the pace of the plan)',
    },
    examples: [
      'drain resume 20260102-030405678-1a2b',
      'drain resume 20260102-030405678-1a2b --on-timeout remove --drain-timeout 1m',
      'drain resume 20260102-030405678-1a2b --until 25%',
      'drain resume --all --follow',
    ],
    exitCodes: [0, 2, 4, 5, 6, 7, 130],
    load: () => import('./resume.ts'),
  },
  {
    name: 'promote',
    summary: 'take the rest of a ramp in one step, running or not; its gates first',
    description:
      'For a rollout that runs, is paused or held, or has ended at its --until: the gates are asked once more, and then the new servers get all of the weight at once. What a gate that fails does, --on-failure says.',
    arguments: [aRollout],
    options: [...besideJournal, 'report', 'yes', 'reason', wait, noWait, override],
    examples: ['drain promote 20260102-030405678-1a2b'],
    exitCodes: [0, 2, 4, 5, 6, 7, 130],
    load: () => import('./promote.ts'),
  },
  {
    name: 'rollback',
    summary: 'bring back the table from before a rollout, running or not',
    arguments: [aRollout],
    options: [
      ...besideJournal,
      'report',
      'yes',
      'reason',
      'over',
      'every',
      ...resumeTerms,
      'force',
      {
        ...wait,
        help: 'of a running one: wait until it has been rolled back, and end as it does (default)',
      },
      { ...noWait, help: 'of a running one: only hand the request in' },
    ],
    helps: {
      ...resumeTermHelps,
      force: 'although a server that gets its weight back does not pass its check',
      over: 'as a ramp of this length (default: at once)',
      every: 'time between its steps (default: a twentieth, 1s to 30s)',
    },
    examples: ['drain rollback 20260102-030405678-1a2b --over 2m'],
    exitCodes: [0, 2, 5, 6, 7, 130],
    load: () => import('./rollback.ts'),
  },
  {
    name: 'abandon',
    summary: 'end a rollout or around that was held or cut off, and leave the table as it is',
    description:
      'For a rollout that can go neither on nor back, for instance because somebody has changed the table. Weights stay as they are: look at them with ipvsadm -Ln.',
    arguments: [aRollout],
    options: [...besideJournal, 'yes', 'reason'],
    examples: ['drain abandon 20260102-030405678-1a2b'],
    exitCodes: [0, 2, 6],
    load: () => import('./abandon.ts'),
  },
  {
    name: 'freeze',
    summary: 'let nobody start a rollout: drain unfreeze, or a time, ends it',
    description:
      'Refuses every start of a rollout with exit code 3, and tells who froze it, when, why and until when. What runs goes on, and a rollback, drain in, pause and abandon are always allowed; so are drain guard and drain kube.',
    options: [
      ...besideJournal,
      'yes',
      'reason',
      until,
      { ...override, help: 'in the place of the freeze that is in force' },
    ],
    helps: { reason: 'why, for whoever is refused' },
    examples: [
      'drain freeze --reason "change freeze of December" --until 2027-01-07T08:00',
      'drain freeze --reason "incident 4711" --until 2h',
    ],
    exitCodes: [0, 2, 3, 6, 7],
    load: () => import('./freeze/freeze.ts'),
  },
  {
    name: 'unfreeze',
    summary: 'let rollouts start again',
    options: [...besideJournal, 'yes'],
    examples: ['drain unfreeze'],
    exitCodes: [0, 2, 3, 7],
    load: () => import('./freeze/unfreeze.ts'),
  },
  {
    name: 'report',
    summary: 'a rollout as one HTML page: shares, weights, connections, steps, events',
    arguments: [{ placeholder: '<id>', help: 'the rollout, running or not' }],
    options: [...besideJournal, reportOut],
    helps: {
      output:
        'json: the page goes to the file, and a line of JSON on stdout names it (default: auto)',
    },
    examples: ['drain report 20260102-030405678-1a2b -o rollout.html'],
    exitCodes: [0, 2, 7],
    load: () => import('./report.ts'),
  },
];
