import type { Failure } from '../../domain/failure.ts';
import { directorNameOf, type SshAddress, sshByHand } from '../../domain/places/ssh-address.ts';
import { printableLines } from '../../domain/printable.ts';

interface Complaint {
  readonly pattern: RegExp;
  readonly what: (place: string) => string;
  readonly next: (byHand: string) => string;
  /** Marks a complaint whose own words say all of it; ssh's are a banner of many lines. */
  readonly isWhole?: true;
}

const tryByHand = (byHand: string): string =>
  `Run \`${byHand.replace('ssh', 'ssh -o BatchMode=yes')} true\` by hand: it has to work without a question.`;

/**
 * The known complaints, of which the first that matches decides: a changed host key is refused as
 * an unknown one is.
 */
const complaints: readonly Complaint[] = [
  {
    pattern: /REMOTE HOST IDENTIFICATION HAS CHANGED/,
    what: (place) => `the host key of ${place} is not the one that is known`,
    isWhole: true,
    next: (byHand) =>
      `Somebody may be in between. If the machine was set up anew, compare its key and replace the old one (ssh-keygen -R), then run \`${byHand}\` once.`,
  },
  {
    pattern: /Host key verification failed/,
    what: (place) => `the host key of ${place} is not known`,
    next: (byHand) => `Run \`${byHand}\` once, and compare the fingerprint that it shows.`,
  },
  {
    pattern: /Permission denied \(|Too many authentication failures/,
    what: (place) => `${place} does not let us in`,
    next: (byHand) =>
      `${tryByHand(byHand)} It needs a key without a passphrase or in an agent, and the right user (ssh://USER@HOST).`,
  },
];

/** The failure of a connection, from what ssh wrote to standard error. */
export function failureOfConnection(address: SshAddress, stderr: string): Failure {
  const place = placeOf(address);
  const byHand = sshByHand(address).join(' ');
  const said = printableLines(lastWords(stderr));
  const known = complaints.find(({ pattern }) => pattern.test(stderr));
  const what = known?.what(place) ?? `there is no connection to ${place}`;
  const why = known?.isWhole || said === '' ? '' : `: ${said}`;
  return { kind: 'unreachable', what: `${what}${why}`, next: (known?.next ?? tryByHand)(byHand) };
}

/**
 * The last two lines of ssh, after the machine's banner for all comers (sshd_config(5), Banner).
 */
const lastWords = (stderr: string): string => stderr.trim().split('\n').slice(-2).join('\n');

/** The failure of a connection on which no shell answers that runs what it is told. */
export const noShell = (address: SshAddress, said: string): Failure => ({
  kind: 'unreachable',
  what: `${placeOf(address)} ran no command${said === '' ? '' : `, and said: ${printableLines(said)}`}`,
  next: `Run \`${sshByHand(address).join(' ')} 'exec sh -c id'\` by hand; drain needs an account that may run a POSIX shell.`,
});

export const noSsh = (program: string, message: string): Failure => ({
  kind: 'preflight',
  what: `cannot run \`${program}\`: ${printableLines(message)}`,
  next: 'Install the OpenSSH client (`apt install openssh-client`).',
});

/** The place of a machine: `root@lb1:2222`. */
export const placeOf = (address: SshAddress): string =>
  `${address.user === undefined ? '' : `${address.user}@`}${directorNameOf(address)}`;
