import type { ServerKey } from '../domain/address.ts';
import type { DrainEvent } from '../domain/events/event.ts';
import type { ServicePlan } from '../domain/rollout/plan.ts';
import type { DirectorState } from '../rollout/state/director-state.ts';
import { expectedTarget, isOnScale, scaleFactor } from '../rollout/state/expected-weights.ts';
import type { ServerRecord, ServerRole, ServiceRecord } from './rollout-record.ts';

type WeightPoint = ServerRecord['weights'][number];

/** The weights of one service of one director as they changed, gathered entry by entry. */
export class ServiceHistory {
  readonly director: string;
  readonly plan: ServicePlan;
  private readonly weights = new Map<ServerKey, WeightPoint[]>();
  private readonly shares: { readonly atMs: number; readonly share: number }[] = [];

  constructor(director: string, plan: ServicePlan) {
    this.director = director;
    this.plan = plan;
    for (const server of plan.servers) this.weights.set(server, []);
  }

  /** Records what the service has from `atMs` on: its plan may be on another scale by then. */
  stands(plan: ServicePlan, director: DirectorState, atMs: number): void {
    const table = expectedTarget(plan, director).weights;
    const factor = isOnScale(plan, director) ? scaleFactor(plan, director) : 1;
    for (const server of table.keys()) {
      if (!this.weights.has(server)) this.weights.set(server, []);
    }
    for (const [server, points] of this.weights) {
      const weight = table.get(server) ?? null;
      const before = points.at(-1);
      if (before ? before.weight !== weight : weight !== null) {
        points.push({ atMs, weight, baseWeight: weight === null ? null : weight / factor });
      }
    }
    const total = sum([...table.values()]);
    const followed = this.followed().map((server) => table.get(server) ?? 0);
    const share = total === 0 ? 0 : sum(followed) / total;
    if (this.shares.at(-1)?.share !== share) this.shares.push({ atMs, share });
  }

  record(events: readonly DrainEvent[]): Omit<ServiceRecord, 'delivered'> {
    const { director, plan } = this;
    const connections = new Map<string, ServerRecord['connections'][number][]>();
    for (const event of events) {
      if (event.type !== 'sampled' || event.director !== director) continue;
      if (event.service !== plan.service) continue;
      const { activeConn, inActConn } = event;
      const point = { atMs: Date.parse(event.at), activeConn, inActConn };
      const points = connections.get(event.server);
      if (points) points.push(point);
      else connections.set(event.server, [point]);
    }
    return {
      director,
      service: plan.service,
      scheduler: plan.scheduler,
      shareOf: plan.newServers.length > 0 ? 'new' : 'old',
      plannedShare: this.shares,
      servers: [...this.weights].map(([server, weights]) => ({
        server,
        role: this.roleOf(server),
        weights,
        connections: connections.get(server) ?? [],
      })),
    };
  }

  private followed(): readonly ServerKey[] {
    const { newServers, oldServers } = this.plan;
    return newServers.length > 0 ? newServers : oldServers;
  }

  private roleOf(server: ServerKey): ServerRole {
    if (this.plan.oldServers.includes(server)) return 'old';
    return this.plan.newServers.includes(server) ? 'new' : 'bystander';
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
