import type { Actor } from '../../domain/actor/actor.ts';
import {
  parseServerName,
  type ServerKey,
  type ServerName,
  type ServiceKey,
} from '../../domain/address.ts';
import type { Elsewhere } from '../../domain/rollout/elsewhere.ts';

/** A server that is out of service, as the planner has to know it; the store keeps it as a mark. */
export interface Remembered {
  readonly service: ServiceKey;
  readonly server: ServerKey;
  readonly reason: 'operator' | 'health';
  /** The weight from before; 0 when the server had none already. */
  readonly weight: number;
  readonly sinceMs?: number | undefined;
  /** The percentage of its weight with which it serves, where its agent asks for no more. */
  readonly percent?: number | undefined;
  /** The name by which an operator called it. */
  readonly name?: string | undefined;
  /** Whoever took it out, and why, where that is known. */
  readonly actor?: Actor | undefined;
  /** The store that has the mark, where it is another one. */
  readonly at?: Elsewhere | undefined;
}

export const rememberedBy = <T extends Remembered>(
  all: readonly T[],
  reason: Remembered['reason'],
  service: ServiceKey,
  server: ServerKey,
): T | undefined =>
  all.find((one) => one.reason === reason && one.service === service && one.server === server);

/**
 * The weight to come back to, of a server that has `weight` now: 0 is no weight to come back to. A guard
 * brings servers back little by little, so that less than its mark's is not all that the server had.
 */
export function weightBefore(
  all: readonly Remembered[],
  service: ServiceKey,
  server: { readonly key: ServerKey; readonly weight: number },
): number {
  const byHealth = rememberedBy(all, 'health', service, server.key)?.weight ?? 0;
  if (server.weight > 0) return Math.max(server.weight, byHealth);
  return rememberedBy(all, 'operator', service, server.key)?.weight || byHealth;
}

/** Tells whether an operator who wrote `name` means this server. */
export function isNamed(name: ServerName, server: ServerKey): boolean {
  const parsed = parseServerName(server);
  return parsed?.address === name.address && (name.port === undefined || name.port === parsed.port);
}
