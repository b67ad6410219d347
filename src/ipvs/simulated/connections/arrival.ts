import type { KernelServer } from '../table/kernel-server.ts';
import type { Connection } from './connection.ts';

/** What became of a client's first packet. */
export type Arrival =
  | { readonly kind: 'scheduled'; readonly connection: Connection }
  /** The source port belongs to an entry, whose server gets the packet. */
  | { readonly kind: 'known'; readonly connection: Connection }
  /** One-packet scheduling: delivered, and forgotten at once. */
  | { readonly kind: 'one-packet'; readonly server: KernelServer }
  | { readonly kind: 'refused'; readonly why: 'no-service' | 'no-server' | 'not-modelled' }
  /** Its entry belongs to a server that was removed. */
  | { readonly kind: 'dropped' };

/** `gone`: the director has no entry for the packet (any more), and its sender is reset. */
export type Delivery = 'delivered' | 'dropped' | 'gone';
