import type { ServerDrainEstimate } from '../../domain/ipvs/drain-estimate.ts';
import type { HostFacts } from '../../domain/ipvs/host-facts.ts';
import {
  type RealServer,
  type Snapshot,
  totalWeight,
  type VirtualService,
} from '../../domain/ipvs/ipvs.ts';
import type { RolloutPolicy, ScheduledStep } from '../../domain/rollout/plan.ts';
import { estimateRate } from '../weights/arrival-rate.ts';
import { estimateDrain } from './estimate-drain.ts';

/** A director's machine and table, and what a rollout would drain there. */
export interface HostView {
  readonly facts: HostFacts;
  readonly snapshot: Snapshot;
  readonly leaving: readonly DrainingServer[];
  readonly schedule: readonly ScheduledStep[];
  readonly policy: RolloutPolicy;
}

/** The old servers of one service. */
export interface DrainingServer {
  readonly service: VirtualService;
  readonly old: readonly RealServer[];
}

/** A setting under net.ipv4.vs; undefined when it could not be read. */
export const sysctl = ({ facts }: Pick<HostView, 'facts'>, name: string): number | undefined =>
  facts.sysctls.get(name);

/** A command as it is typed for this director: `ip netns exec lb sysctl -w ...`. */
export const there = ({ facts }: Pick<HostView, 'facts'>, command: string): string =>
  [...(facts.reach ?? []), command].join(' ');

/** Estimates the drain of each old server of each service. */
export function estimateDrains(view: HostView): readonly ServerDrainEstimate[] {
  const { snapshot, schedule, policy } = view;
  const templatesExpire = sysctl(view, 'expire_quiescent_template') === 1;
  return view.leaving.flatMap(({ service, old }) => {
    const sample = snapshot.samples.get(service.key);
    return old.flatMap((server) => {
      const counts = sample?.servers.get(server.key);
      if (!counts) return [];
      const estimate = estimateDrain({
        service,
        forwarding: server.forwarding,
        counts,
        perSecond: shareOfRate(snapshot, service, server),
        timeouts: snapshot.timeouts,
        templatesExpire,
        schedule,
        settleMs: policy.settleMs,
      });
      return [{ service: service.key, server: server.key, estimate }];
    });
  });
}

/**
 * The server's part of the service's new connections, by weight. Where the kernel measures none,
 * finished connections tell (estimateRate), but not for UDP: there nothing is ever known to be finished.
 */
function shareOfRate(
  snapshot: Snapshot,
  service: VirtualService,
  server: RealServer,
): number | undefined {
  const total = totalWeight(service.servers);
  const rate = service.key.startsWith('udp/')
    ? snapshot.connectionsPerSecond?.get(service.key)
    : estimateRate(snapshot, service.key);
  return rate === undefined || total === 0 ? undefined : (rate * server.weight) / total;
}
