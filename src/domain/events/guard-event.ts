/**
 * Events of the guard; `drain guard --output json` writes exactly these, one a line. None of them
 * is an event of a rollout: a guard has no rollout, and does not end.
 */
export type GuardEvent = GuardEventBody & {
  readonly v: 1;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly director: string;
};

/**
 * Reasons why nobody expects a server to serve: an operator, a cluster or a file in the maintenance folder
 * has it out, or it has weight 0 and no mark says why.
 */
export type OutReason = 'operator' | 'cluster' | 'maintenance' | 'weight-0';

/** Reasons for which the guard sets a weight. */
export type WeightReason = 'dead' | 'maintenance' | 'agent' | 'ramp';

interface AtService {
  readonly service: string;
}

interface AtServer extends AtService {
  readonly server: string;
}

export type GuardEventBody =
  | { readonly type: 'guard-started'; readonly services: readonly string[]; readonly file: string }
  | { readonly type: 'guard-stopped'; readonly reason: string; readonly exitCode: number }
  | (AtServer & {
      readonly type: 'server-down' | 'server-up';
      /** The result of the last check. */
      readonly detail: string;
      /** The good answers in a row that bring a server back: more than `rise` if flapping. */
      readonly rise: number;
      /** Absent: it should serve. */
      readonly out?: OutReason | undefined;
    })
  | (AtServer & {
      readonly type: 'weight-set';
      readonly reason: WeightReason;
      readonly from: number;
      readonly to: number;
      /** The weight at which the ramp ends, or that the server comes back to. */
      readonly wanted: number;
    })
  | (AtServer & {
      /** A weight that somebody else has set; the server comes back to it from now on. */
      readonly type: 'weight-taken';
      readonly weight: number;
      readonly before: number;
    })
  | (AtService & {
      readonly type: 'weights-kept';
      /**
       * `everything-looks-dead`: then the check is wrong, not the servers. `min-serving`: the floor of the config
       * file, in servers or in weight.
       */
      readonly reason: 'everything-looks-dead' | 'min-healthy' | 'min-serving';
      readonly servers: readonly string[];
      readonly least: number;
    })
  | (AtServer & {
      /** A dead server was out of the table for a moment, and its clients have left it. */
      readonly type: 'clients-moved';
      /** Entries of the connection table that the kernel has kept. */
      readonly left: number;
    })
  | (AtService & { readonly type: 'alive-again' })
  | (AtServer & {
      /** All of the service's own servers are dead, and a server of its `fallback` has weight instead. */
      readonly type: 'fallback-in';
      readonly weight: number;
    })
  | (AtServer & {
      /** A server of the service's own serves again: the fallback has weight 0 until its connections have ended. */
      readonly type: 'fallback-leaving';
      readonly connections: number;
    })
  | (AtServer & { readonly type: 'fallback-removed' })
  | (AtServer & {
      /** The answer of one server to `drain guard --once`. */
      readonly type: 'server-checked';
      readonly passed: boolean;
      readonly detail: string;
      /** The questions that it took: one that is good, or `fall` that are not. */
      readonly tries: number;
      /** The time that the last answer took. */
      readonly answerMs: number;
      readonly weight: number;
      /** Absent: it should serve, and counts as down where it does not. */
      readonly out?: OutReason | undefined;
    })
  | {
      /** The end of `drain guard --once` for one director. */
      readonly type: 'guard-checked';
      /** How many servers the director's services have. */
      readonly servers: number;
      /** Those that should serve and do not. */
      readonly down: readonly { readonly service: string; readonly server: string }[];
    }
  | {
      readonly type: 'maintenance-on' | 'maintenance-off';
      /** The file's name. */
      readonly name: string;
      readonly servers: readonly string[];
    }
  | (AtService & { readonly type: 'left-to-rollout'; readonly rollout: string })
  | (AtService & { readonly type: 'guarded-again' })
  | { readonly type: 'reloaded'; readonly services: readonly string[] }
  | { readonly type: 'reload-refused'; readonly message: string }
  /** A listing that succeeds after a warning `cannot-list`. */
  | { readonly type: 'listed-again' }
  | {
      readonly type: 'warning';
      readonly code: string;
      readonly message: string;
      readonly service?: string;
    };
