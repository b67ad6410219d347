/** What a scheduler sees of a real server. */
export interface Candidate {
  readonly weight: number;
  /** IP_VS_DEST_F_OVERLOAD: the upper threshold was reached and the lower one not yet passed again. */
  readonly overloaded: boolean;
  readonly activeConn: number;
  readonly inActConn: number;
}

/**
 * A scheduler bound to one service. It looks at the service's own list of servers, in the kernel's
 * order: the newest first, an edit keeps the place.
 */
export interface Scheduler<Server extends Candidate = Candidate> {
  readonly name: string;
  /** The server for the next new connection; `undefined` when no server may take one. */
  schedule(): Server | undefined;
  /** After any server was added or edited. */
  serverChanged?(): void;
  /** After the server that stood at this place was taken out. */
  serverRemoved?(place: number): void;
}

/** Made for every service that is created with it or switched to it. */
export type BindScheduler = <Server extends Candidate>(
  servers: readonly Server[],
) => Scheduler<Server>;
