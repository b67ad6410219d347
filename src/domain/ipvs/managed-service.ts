import type { ServerKey } from '../address.ts';

/** A virtual service as the program that manages it sees it, which is not always what the kernel has. */
export interface ManagedService {
  /** The sum of the weights of live servers below which the sorry server takes over (keepalived.conf(5)). */
  readonly quorum: number;
  readonly servers: ReadonlyMap<ServerKey, ManagedServer>;
}

export interface ManagedServer {
  /** The weight of the configuration, which the server comes up with. */
  readonly initialWeight: number;
  /** The weight that the program has set last, by its configuration and files that it tracks. */
  readonly effectiveWeight: number;
  /** Whether its checks are good. */
  readonly isAlive: boolean;
  /** The server is left in the table at weight 0 while it is down (`inhibit_on_failure`). */
  readonly isInhibited: boolean;
  /** Files whose number drives the weight (FILE_CHECK). */
  readonly trackFiles: readonly TrackFile[];
}

export interface TrackFile {
  readonly name: string;
  /** `/var/lib/drain/keepalived/…`; absent where the program does not say. */
  readonly path?: string;
  /** The weight is the configuration's, and this times the number of the file. */
  readonly factor: number;
}

/**
 * The ways of living with the program that manages a table: `watch` sets weights with ipvsadm, and again where
 * that program has written over them; `track-files` has the program set them, by files that it tracks.
 */
export type ManagerMode = 'watch' | 'track-files';

/** `manager: {keepalived: watch}` of a director. */
export interface ManagerTerms {
  readonly keepalived: ManagerMode;
}
