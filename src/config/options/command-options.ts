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
  {
    name: 'control',
    part: 'place',
    flags: '--control',
    kind: 'flag',
    help: 'answer the control API under /v1: rollouts start here and run here',
  },
  {
    name: 'tokens',
    part: 'place',
    flags: '--tokens <file>',
    kind: 'text',
    help: 'who may ask the control API for what (YAML); nobody else may read it',
  },
  {
    name: 'tlsCert',
    part: 'place',
    flags: '--tls-cert <file>',
    kind: 'text',
    help: 'certificate of the server, with its chain (PEM): answers over https',
  },
  {
    name: 'tlsKey',
    part: 'place',
    flags: '--tls-key <file>',
    kind: 'text',
    help: 'private key of that certificate (PEM); nobody else may read it',
  },
  {
    name: 'clientCa',
    part: 'place',
    flags: '--client-ca <file>',
    kind: 'text',
    help: 'authority whose certificates every client has to bring (PEM)',
  },
] as const satisfies readonly OptionSpec[];

/** Options of commands that settings read; the others are declared beside the commands that take them. */
export const commandOptionSpecs = [
  {
    name: 'kube',
    flags: '--kube <file>',
    kind: 'text',
    part: 'own',
    help: 'the file of drain kube: its rights, its nodes from here, and who else serves its class',
  },
  {
    name: 'accept',
    flags: '--accept',
    kind: 'flag',
    part: 'own',
    help: 'take a table that somebody else has changed as it is',
  },
  { name: 'force', flags: '--force', kind: 'flag', part: 'own', help: 'past what is refused' },
] as const satisfies readonly OptionSpec[];

/** Every option that several commands take. */
export const sharedOptionSpecs: readonly (OptionSpec & { readonly name: SharedOption })[] = [
  ...optionSpecs,
  ...serveOptionSpecs,
  ...commandOptionSpecs,
];

export type SharedOption =
  | (typeof optionSpecs)[number]['name']
  | (typeof serveOptionSpecs)[number]['name']
  | (typeof commandOptionSpecs)[number]['name'];

/** The name of an option that a command declares for itself. */
export type OwnName = string & { readonly ownedBy: 'a command' };

export type OwnOption = OptionSpec & { readonly name: OwnName };

/** Declares an option beside the command that takes it: `ownOption('--start-at <n>', 'begin with this one')`. */
export function ownOption(flags: string, help: string): OwnOption {
  const [, long = flags] = /--([\w-]+)/.exec(flags) ?? [];
  const name = long.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
  const kind = flags.includes('<') ? 'text' : 'flag';
  return { name: name as OwnName, flags, help, kind, part: 'own' };
}
