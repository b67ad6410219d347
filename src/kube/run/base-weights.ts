import type { ServerKey, ServiceKey } from '../../domain/address.ts';
import type { Change, VirtualService } from '../../domain/ipvs/ipvs.ts';
import type { ClusterClaim } from '../../domain/rollout/cluster-claim.ts';
import type { WeightAccount } from '../../rollout/state/weight-account.ts';
import type { KubeMemory } from '../decide/kube-view.ts';
import { knownWeight } from '../decide/weights/known-weights.ts';

interface Remembered {
  readonly memory: KubeMemory;
  readonly claims: readonly ClusterClaim[];
}

/**
 * The services with base weights: what a rollout that is held has on a scale of its own is no edit of
 * somebody. A weight that is remembered counts where the scale has rounded it to the one in the table.
 */
export function inBaseWeights(
  account: WeightAccount | undefined,
  live: readonly VirtualService[],
  { memory, claims }: Remembered,
): readonly VirtualService[] {
  if (!account) return live;
  return live.map((service) => {
    const { key } = service;
    const claimed = claims.find((claim) => claim.service === key)?.servers ?? [];
    const known = memory.services.get(key)?.known;
    const remembered = (server: ServerKey): readonly number[] => {
      const { weight, from } = claimed.find((one) => one.server === server) ?? {};
      return [known && knownWeight(known, server), weight, from].flatMap((one) => one ?? []);
    };
    const baseOf = (server: ServerKey, weight: number): number =>
      remembered(server).find((one) => account.inForce(key, server, one) === weight) ??
      account.baseOf(key, server, weight);
    return {
      ...service,
      servers: service.servers.map((one) => ({ ...one, weight: baseOf(one.key, one.weight) })),
    };
  });
}

/** The edits with the weights that stand for base weights while a rollout is held. */
export const inForce = (
  account: WeightAccount | undefined,
  changes: readonly Change[],
): readonly Change[] =>
  account
    ? changes.map((change) =>
        change.kind === 'set-weight' || change.kind === 'add-server'
          ? { ...change, server: { ...change.server, weight: weightOf(account, change) } }
          : change,
      )
    : changes;

const weightOf = (
  account: WeightAccount,
  {
    service,
    server,
  }: {
    readonly service: ServiceKey;
    readonly server: { readonly key: ServerKey; readonly weight: number };
  },
): number => account.inForce(service, server.key, server.weight);
