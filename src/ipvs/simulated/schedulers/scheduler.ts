/** A real server as a scheduler sees it. */
export interface Candidate {
  readonly weight: number;
  /** IP_VS_DEST_F_OVERLOAD: the upper threshold was reached and the lower one not yet passed again. */
  readonly overloaded: boolean;
  readonly activeConn: number;
  readonly inActConn: number;
}

/**
 * A scheduler bound to one service. The scheduler reads the service's own list of servers, in the
 * kernel's order: the newest first, an edit keeps the place.
 */
export interface Scheduler<Server extends Candidate = Candidate> {
  readonly name: string;
  /** The server for the next new connection; `undefined` when no server may take one. */
  schedule(): Server | undefined;
  /** Hears of a server after it was added or edited. */
  serverChanged?(): void;
  /** Hears of the place of a server after the server was taken out. */
  serverRemoved?(place: number): void;
}

/** Binds a scheduler to a service that is created with it or switched to it. */
export type BindScheduler = <Server extends Candidate>(
  servers: readonly Server[],
) => Scheduler<Server>;
