import { type Failure, fail, ok, type Result } from '../failure.ts';
import { printable } from '../printable.ts';

/** An address of a container, in one of its networks. */
export interface ContainerAddress {
  readonly network: string;
  readonly address: string;
}

/** The containers of this machine, as its Docker engine knows them. */
export interface Containers {
  /** The addresses of a container that runs, by its name or id; at least one. */
  addresses(container: string): Promise<Result<readonly ContainerAddress[]>>;
  /** The name of the container that has an address. */
  nameAt(address: string): Promise<Result<string>>;
}

/** A container as it is written where a server is: `docker://web-2`, `docker://web-2:8080`. */
export interface ContainerName {
  readonly container: string;
  readonly port?: number;
}

const scheme = 'docker://';

export const isContainerName = (text: string): boolean => text.startsWith(scheme);

/** Reads `docker://NAME[:PORT]`; without a port that of the service is meant. */
export function parseContainerName(text: string): Result<ContainerName> {
  const [, container, portText] =
    /^([A-Za-z0-9][A-Za-z0-9_.-]{0,254})(?::(\d{1,5}))?$/.exec(text.slice(scheme.length)) ?? [];
  const port = portText === undefined ? undefined : Number(portText);
  if (container === undefined || (port !== undefined && (port < 1 || port > 65_535))) {
    return fail(noContainerName(text));
  }
  return ok({ container, ...(port === undefined ? {} : { port }) });
}

const noContainerName = (text: string): Failure => ({
  kind: 'usage',
  what: `"${printable(text)}" names no container`,
  next: 'write docker://NAME or docker://NAME:PORT, with a name or id that docker ps shows',
});
