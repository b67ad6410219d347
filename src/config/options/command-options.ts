import { type OptionSpec, optionSpecs } from './option-specs.ts';

/** Options of `drain serve` alone, and of the config file. */
export const serveOptionSpecs = [
  {
    name: 'listen',
    part: 'place',
    flags: '--listen <address>',
    kind: 'text',
    help: 'address and port (default: 127.0.0.1:9815); beyond this machine only with a token',
  },
  {
    name: 'tokenFile',
    part: 'place',
    flags: '--token-file <file>',
    kind: 'text',
    help: 'what every request but / and /healthz has to bring as Authorization: Bearer (or DRAIN_SERVE_TOKEN in the environment)',
  },
] as const satisfies readonly OptionSpec[];

/** Options of single commands, whose help says what they mean there; on the command line alone. */
export const commandOptionSpecs = [
  {
    name: 'accept',
    flags: '--accept',
    kind: 'flag',
    part: 'own',
    help: 'take a table that somebody else has changed as it is',
  },
  { name: 'all', flags: '--all', kind: 'flag', part: 'own', help: 'all of them' },
  { name: 'batch', flags: '--batch <n>', kind: 'text', part: 'own', help: 'how many at a time' },
  {
    name: 'checkTimeout',
    flags: '--check-timeout <duration>',
    kind: 'text',
    part: 'own',
    help: 'how long a server may take to pass --check before it gets weight (default: 60s)',
  },
  {
    name: 'commandTimeout',
    flags: '--command-timeout <duration>',
    kind: 'text',
    part: 'own',
    help: 'end COMMAND after this time, as a failure (default: none)',
  },
  { name: 'follow', flags: '--follow', kind: 'flag', part: 'own', help: 'stay' },
  { name: 'force', flags: '--force', kind: 'flag', part: 'own', help: 'past what is refused' },
  {
    name: 'noWait',
    flags: '--no-wait',
    kind: 'flag',
    part: 'own',
    help: 'only hand the request in: do not wait until it is in force',
  },
  {
    name: 'out',
    flags: '-o, --out <file>',
    kind: 'text',
    part: 'own',
    help: 'save it in this file',
  },
  {
    name: 'outOver',
    flags: '--out-over <duration>',
    kind: 'text',
    part: 'own',
    help: 'take them out with a ramp of this length (default: 0s, at once)',
  },
  {
    name: 'startAt',
    flags: '--start-at <n>',
    kind: 'text',
    part: 'own',
    help: 'begin with this one',
  },
  {
    name: 'adopt',
    flags: '--adopt',
    kind: 'flag',
    part: 'own',
    help: "take servers that the cluster asks for and the table has already for the cluster's own",
  },
  {
    name: 'timeout',
    flags: '--timeout <duration>',
    kind: 'text',
    part: 'own',
    help: 'how long to wait (default: 10m)',
  },
  {
    name: 'unit',
    flags: '--unit',
    kind: 'flag',
    part: 'own',
    help: 'a unit of systemd, for a controller on the director',
  },
  {
    name: 'wait',
    flags: '--wait',
    kind: 'flag',
    part: 'own',
    help: 'wait until the request is in force, and end as it does (default)',
  },
  { name: 'watch', flags: '--watch', kind: 'flag', part: 'own', help: 'go on showing it' },
] as const satisfies readonly OptionSpec[];

/** Every option that can be typed. */
export const typedOptionSpecs: readonly (OptionSpec & { readonly name: SpecifiedOption })[] = [
  ...optionSpecs,
  ...serveOptionSpecs,
  ...commandOptionSpecs,
];

export type SpecifiedOption =
  | (typeof optionSpecs)[number]['name']
  | (typeof serveOptionSpecs)[number]['name']
  | (typeof commandOptionSpecs)[number]['name'];
