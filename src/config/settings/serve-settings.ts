import { parsePort } from '../../domain/address.ts';
import { type Failure, fail, ok, type Result } from '../../domain/failure.ts';
import { printable } from '../../domain/printable.ts';
import type { GivenOptions } from '../options/options.ts';

export interface ServeSettings {
  /** An address or a name, without brackets. */
  readonly host: string;
  /** The port; 0 is one that is free. */
  readonly port: number;
  readonly tokenFile?: string | undefined;
}

const usualListen = '127.0.0.1:9815';
/** That of `drain kube`, beside which `drain serve` may run. */
export const usualKubeListen = '127.0.0.1:9816';
/** That of `drain guard`. */
export const usualGuardListen = '127.0.0.1:9817';

/** `--listen` and `--token-file`. */
export function readServeSettings(given: GivenOptions, usual = usualListen): Result<ServeSettings> {
  const listen = given.get('listen');
  const text = listen?.values.at(-1) ?? usual;
  const [, bracketed, name, portText = ''] =
    /^(?:\[([0-9a-f:.]+)\]|([\w.-]+)):(\d+)$/i.exec(text) ?? [];
  const host = bracketed ?? name;
  const port = parsePort(portText);
  if (host === undefined || port === undefined) {
    return fail({
      kind: 'usage',
      what: `"${printable(text)}" is no address to listen on`,
      where: listen?.where ?? '--listen',
      place: listen?.place,
      next: 'write address and port, such as 127.0.0.1:9815 or [::1]:9815',
    });
  }
  const tokenFile = given.get('tokenFile')?.values.at(-1);
  return ok({ host, port, ...(tokenFile === undefined ? {} : { tokenFile }) });
}

/** Checks a token from file or environment, without the line's end; too short is no secret. */
export function checkToken(text: string, where: string): Result<string, Failure> {
  const token = text.trim();
  if (/^[\x21-\x7e]{16,512}$/.test(token)) return ok(token);
  return fail({
    kind: 'usage',
    what: 'the token is none: 16 to 512 letters, digits and signs without blanks are needed',
    where,
    next: 'make one with: openssl rand -hex 32',
  });
}
