import { formatServerName, type ServerName } from './address.ts';

/** A server that a command is run for, once however many services and ports it has in the table. */
export interface AroundServer {
  readonly address: string;
  /** As it was named: what is taken out and brought back in. */
  readonly name: ServerName;
  /** Its port, where it has one and only one. */
  readonly port?: number;
}

/** `10.0.0.1:80` where it has one port, else `10.0.0.1`. */
export const serverText = ({ address, port }: AroundServer): string =>
  formatServerName({ address, ...(port === undefined ? {} : { port }) });
