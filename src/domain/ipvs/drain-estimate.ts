import type { ServerKey, ServiceKey } from '../address.ts';

/** The time of a server's drain, from its last step (weight 0) until it is declared empty. */
export type DrainEstimate =
  | {
      readonly kind: 'about';
      readonly ms: number;
      /** Connections that are still open at the last step. */
      readonly openAtEnd: number;
      /** The mean life of a connection; absent where there is none to measure. */
      readonly meanLifeMs?: number;
    }
  /** Clients with a persistence template may come back until it expires, and renew it each time. */
  | { readonly kind: 'at-least'; readonly ms: number; readonly persistenceS: number }
  /** Connections are open and none comes, so nothing tells how long one lasts. */
  | { readonly kind: 'unknown'; readonly open: number };

/** The estimate in milliseconds to compare it by; an unknown one counts as the slowest. */
export const slownessOf = (estimate: DrainEstimate): number =>
  estimate.kind === 'unknown' ? Number.POSITIVE_INFINITY : estimate.ms;

export interface ServerDrainEstimate {
  readonly service: ServiceKey;
  readonly server: ServerKey;
  readonly estimate: DrainEstimate;
}
