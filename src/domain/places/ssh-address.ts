import { canonicalAddress, parsePort } from '../address.ts';
import { fail, ok, type Result } from '../failure.ts';
import { printable } from '../printable.ts';

/** A machine that OpenSSH reaches. A field that is absent is for ssh's own configuration to say. */
export interface SshAddress {
  readonly user?: string | undefined;
  /** A host name, a `Host` of ssh_config(5), or an address without brackets. */
  readonly host: string;
  readonly port?: number | undefined;
}

export const isSshAddress = (text: string): boolean => /^ssh:/i.test(text);

/**
 * `ssh://[user@]host[:port]`, with an IPv6 address in brackets: `ssh://root@[2001:db8::1]:2222`. A
 * text that could be an option of ssh(1), a word of a shell or a token of ssh_config(5) is no name.
 */
export function parseSshAddress(text: string): Result<SshAddress> {
  const [, user, bracketed, name, portText] =
    /^ssh:\/\/(?:(.*)@)?(?:\[([^[\]]*)\]|([^[\]:@]*))(?::(.*))?$/s.exec(text) ?? [];
  const host = bracketed === undefined ? hostName(name) : canonicalAddress(bracketed);
  const port = portText === undefined ? undefined : parsePort(portText);
  if (host === undefined) return refused(text, 'it names no host');
  if (user !== undefined && !/^[A-Za-z0-9_][A-Za-z0-9_.+@-]{0,63}$/.test(user)) {
    return refused(text, `"${printable(user, 80)}" is no user`);
  }
  if (portText !== undefined && !port) {
    return refused(text, `"${printable(portText, 80)}" is no port`);
  }
  return ok({ host, user, port });
}

const hostName = (text = ''): string | undefined =>
  /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,252}$/.test(text) ? text : undefined;

const refused = (text: string, why: string): Result<never> =>
  fail({
    kind: 'usage',
    what: `"${printable(text)}" is no director: ${why}`,
    next: 'write it as ssh://root@lb1, ssh://lb1:2222 or ssh://[2001:db8::1]:2222',
  });

/** The director's name in events: `lb1`, `lb1:2222`, `2001:db8::1`, `[2001:db8::1]:2222`. */
export function directorNameOf({ host, port }: SshAddress): string {
  if (port === undefined) return host;
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/**
 * A machine by one name for all who mean it, as far as names can tell: without the user, with the
 * host in small letters, and without the usual port. `ssh://root@LB1:22` is `ssh://lb1`.
 */
export function sshMachine({ host, port }: SshAddress): string {
  const small = host.toLowerCase();
  const name = small.includes(':') ? `[${small}]` : small;
  return `ssh://${name}${port === undefined || port === 22 ? '' : `:${port}`}`;
}

/** The words that reach a machine by hand: `ssh -p 2222 root@lb1`. */
export function sshByHand({ user, host, port }: SshAddress): readonly string[] {
  const where = user === undefined ? host : `${user}@${host}`;
  return ['ssh', ...(port === undefined ? [] : ['-p', String(port)]), where];
}
