import type { KernelServer } from '../table/kernel-server.ts';
import type { Connection } from './connection.ts';

/** The fate of a client's first packet. */
export type Arrival =
  | { readonly kind: 'scheduled'; readonly connection: Connection }
  /** The source port belongs to an entry, whose server gets the packet. */
  | { readonly kind: 'known'; readonly connection: Connection }
  /** A packet of one-packet scheduling: delivered, and forgotten at once. */
  | { readonly kind: 'one-packet'; readonly server: KernelServer }
  | { readonly kind: 'refused'; readonly why: 'no-service' | 'no-server' | 'not-modelled' }
  /** A packet whose entry belongs to a server that was removed. */
  | { readonly kind: 'dropped' };

/** The fate of a later packet; `gone`: the director has no entry, and the sender is reset. */
export type Delivery = 'delivered' | 'dropped' | 'gone';
