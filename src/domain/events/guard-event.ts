/**
 * What the guard tells the world; `drain guard --output json` writes exactly these, one a line. They
 * are none of a rollout's events: a guard has no rollout, and does not end.
 */
export type GuardEvent = GuardEventBody & {
  readonly v: 1;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly director: string;
};

/** Why the guard set a weight. */
export type WeightReason = 'dead' | 'maintenance' | 'ramp';

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
      /** What the last check saw. */
      readonly detail: string;
      /** So many good answers in a row bring it back: more than `rise` while it is flapping. */
      readonly rise: number;
    })
  | (AtServer & {
      readonly type: 'weight-set';
      readonly reason: WeightReason;
      readonly from: number;
      readonly to: number;
      /** Where the ramp ends, or what the server comes back to. */
      readonly wanted: number;
    })
  | (AtServer & {
      /** Somebody else has set it; it is what the server comes back to from now on. */
      readonly type: 'weight-taken';
      readonly weight: number;
      readonly before: number;
    })
  | (AtService & {
      readonly type: 'weights-kept';
      /** `everything-looks-dead`: then the check is wrong, not the servers. */
      readonly reason: 'everything-looks-dead' | 'min-healthy';
      readonly servers: readonly string[];
      readonly least: number;
    })
  | (AtService & { readonly type: 'alive-again' })
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
  /** After a warning `cannot-list`. */
  | { readonly type: 'listed-again' }
  | {
      readonly type: 'warning';
      readonly code: string;
      readonly message: string;
      readonly service?: string;
    };
