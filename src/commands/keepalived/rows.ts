import { ownOption } from '../../config/options/command-options.ts';
import type { CommandRow } from '../command-line/command.ts';
import { besideJournal } from '../command-line/usual-options.ts';

export const write = ownOption(
  '--write',
  'make the edit: test it, have keepalived read it, and take it back where that goes wrong (default: show it)',
);
export const like = ownOption(
  '--like <server>',
  'the server whose block a new one is written like, with its checks',
);
export const reloadCommand = ownOption(
  '--reload-command <cmd>',
  'how to have keepalived read its files, such as systemctl reload keepalived (default: SIGHUP)',
);

const services = 'only these virtual services (default: all that hold the servers)';
const output = 'json: an object a line for each file (default: auto)';
const exitCodes = [0, 2, 3, 6, 7] as const;
const lives =
  'Comments, includes and all other blocks stay as they are; what is made by macros, conditions or groups is refused with line and column. Shown without --write, as a difference for patch(1).';

/** Commands that edit the configuration of the keepalived of this machine. */
export const keepalivedRows: readonly CommandRow[] = [
  {
    name: 'keepalived set',
    summary: 'weights of real servers in keepalived.conf, and new ones',
    description: `Sets weights of real servers in the configuration that keepalived runs with, and puts new servers in beside one that they are like. ${lives}`,
    arguments: [
      { placeholder: '<servers...>', help: 'SERVER=WEIGHT[,...]: 10.0.0.1=0, 10.0.0.2:8080=100' },
    ],
    options: ['service', like, write, reloadCommand, ...besideJournal, 'yes'],
    helps: { service: services, output },
    examples: [
      'drain keepalived set 10.0.0.1=0',
      'drain keepalived set 10.0.0.1=0,10.0.0.2=100 --like 10.0.0.1 --write',
    ],
    exitCodes,
    load: () => import('./set.ts'),
  },
  {
    name: 'keepalived remove',
    summary: 'take real servers out of keepalived.conf',
    description: `Takes the blocks of real servers out of the configuration that keepalived runs with, which takes them out of the table. ${lives} The last server of a service stays.`,
    arguments: [{ placeholder: '<servers...>', help: 'real servers: 10.0.0.1, 10.0.0.2:8080' }],
    options: ['service', write, reloadCommand, ...besideJournal, 'yes'],
    helps: { service: services, output },
    examples: ['drain keepalived remove 10.0.0.1', 'drain keepalived remove 10.0.0.1:8080 --write'],
    exitCodes,
    load: () => import('./remove.ts'),
  },
  {
    name: 'keepalived resume',
    summary: 'go on with an edit of keepalived.conf that was interrupted',
    description:
      'Goes on with an edit that a kill or a power loss has interrupted, to its end: it is made, or taken back. Does nothing where there is none.',
    options: [reloadCommand, ...besideJournal, 'yes'],
    helps: { output },
    examples: ['drain keepalived resume'],
    exitCodes,
    load: () => import('./resume.ts'),
  },
];
