import { type ServerKey, type ServiceKey, serverKey } from '../../../src/domain/address.ts';
import { assertNever } from '../../../src/domain/assert-never.ts';
import type { KubeEventBody } from '../../../src/domain/events/kube-event.ts';
import type { Floor } from '../../../src/domain/floor/floor.ts';
import {
  type Change,
  type RealServer,
  serviceOf,
  totalWeight,
  type VirtualService,
} from '../../../src/domain/ipvs/ipvs.ts';
import type { ClusterClaim } from '../../../src/domain/rollout/cluster-claim.ts';
import type { CountedFloor } from '../../../src/guard/decide/room-above-floor.ts';
import { decideKube } from '../../../src/kube/decide/decide-kube.ts';
import {
  blankMemory,
  type Emptiness,
  type KubeDecision,
  type KubeMemory,
  type KubeTerms,
  type ServerHealth,
  verdictKey,
  writesAnything,
} from '../../../src/kube/decide/kube-view.ts';
import type {
  Presence,
  Wanted,
  WantedServer,
  WantedService,
} from '../../../src/kube/wanted/wanted.ts';
import { countServices, type TableClaims } from '../../../src/rollout/state/counted-service.ts';
import { realServer, wrrService } from '../tables.ts';

export const web = 'tcp/203.0.113.10:443' as ServiceKey;
export const startMs = Date.UTC(2026, 0, 1);
export const node = (n: number): ServerKey => serverKey(`10.0.0.${n}`, 30443);

export const defaultTerms: KubeTerms = {
  cluster: 'prod',
  join: { afterMs: 10_000, overMs: 30_000 },
  leave: {
    overMs: 0,
    timeoutMs: 600_000,
    onTimeout: 'hold',
    atOncePercent: 25,
    cordon: 'keep',
    taints: [],
  },
  keep: { servers: 1, whenNothingIsLeft: 'hold' },
  adopts: false,
};

export const serves: Presence = { kind: 'serves' };
export const labelled: Presence = {
  kind: 'leaves',
  cause: 'exclude-label',
  pace: 'ramp',
  basis: 'asked',
};
export const tainted: Presence = {
  kind: 'leaves',
  cause: 'taint',
  detail: 'ToBeDeletedByClusterAutoscaler',
  pace: 'at-once',
  basis: 'asked',
};
export const noEndpoint: Presence = {
  kind: 'leaves',
  cause: 'no-endpoint',
  pace: 'at-once',
  basis: 'observed',
};

export const wantedServer = (n: number, more: Partial<WantedServer> = {}): WantedServer => ({
  key: node(n),
  address: `10.0.0.${n}`,
  port: 30443,
  node: `worker-${n}`,
  uid: `uid-${n}`,
  capacity: 1,
  presence: serves,
  ...more,
});

export const wantedService = (
  servers: readonly WantedServer[],
  more: Partial<WantedService> = {},
): WantedService => ({
  service: web,
  of: { namespace: 'ingress', name: 'controller', port: 'https' },
  uid: 'svc-1',
  forwarding: 'masq',
  phase: 'serving',
  reusesAddresses: false,
  servers,
  ...more,
});

export const wantedOf = (
  services: readonly WantedService[],
  more: Partial<Wanted> = {},
): Wanted => ({
  services,
  owners: [],
  problems: [],
  lists: { nodes: 6, services: 3, endpointslices: 3 },
  ...more,
});

/** The process was killed in the middle of its writes. */
export class Killed extends Error {}

/** One table, claims and a clock for the pure decision, without a process or a file. */
export class DecideLab {
  terms: KubeTerms = defaultTerms;
  wanted: Wanted = wantedOf([]);
  services: readonly VirtualService[] = [];
  claims: readonly ClusterClaim[] = [];
  nowMs = startMs;
  isApiReady = true;
  isContinued = false;
  floor: Floor | undefined;
  marks: TableClaims['marks'] = [];
  memory: KubeMemory = blankMemory;
  /** Servers that have connections, by `verdictKey`. */
  readonly busy = new Map<string, Emptiness>();
  readonly health = new Map<string, ServerHealth>();
  readonly excused = new Map<ServiceKey, ReadonlySet<ServerKey>>();
  readonly inRollout = new Set<ServiceKey>();
  readonly inMidRamp = new Set<ServiceKey>();
  readonly waitsFor = new Map<ServiceKey, string>();
  readonly events: (KubeEventBody & { readonly atMs: number })[] = [];
  readonly changes: Change[] = [];
  /** Total weights of each service after each single change. */
  readonly lowest = new Map<ServiceKey, number>();
  private watched = new Set<string>();

  want(servers: readonly WantedServer[], more: Partial<WantedService> = {}): this {
    this.wanted = wantedOf([wantedService(servers, more)]);
    return this;
  }

  decide(): KubeDecision {
    const verdicts = new Map<string, Emptiness>();
    for (const key of this.watched) verdicts.set(key, this.busy.get(key) ?? { kind: 'empty' });
    return decideKube({ ...this, table: 'ipvsadm', verdicts, floors: this.floors() });
  }

  private floors(): ReadonlyMap<ServiceKey, CountedFloor> {
    const { floor, claims, marks } = this;
    if (!floor) return new Map();
    const all = { table: 'ipvsadm', marks };
    const counted = countServices({ ...all, clusters: claims, unfinished: [] }, this.services);
    return new Map(counted.map((one) => [one.service, { floor, counted: one }]));
  }

  /** One look and what follows from it; `killAfter` so many writes the process is dead. */
  turn(killAfter = Number.POSITIVE_INFINITY): KubeDecision {
    let left = killAfter;
    const write = (act: () => void): void => {
      if (left-- <= 0) {
        this.memory = blankMemory;
        this.watched = new Set();
        throw new Killed();
      }
      act();
    };
    const decision = this.decide();
    this.watched = new Set();
    const services = new Map(this.memory.services);
    for (const one of decision.services) {
      const { claimBefore, claimAfter, edits } = one;
      if (claimBefore) write(() => this.putClaim(claimBefore));
      for (const change of edits) write(() => this.apply(change));
      if (claimAfter === 'none') write(() => this.dropClaim(one.service));
      else if (claimAfter) write(() => this.putClaim(claimAfter));
    }
    for (const one of decision.services) {
      services.set(one.service, one.memory);
      for (const key of one.watched) this.watched.add(verdictKey(one.service, key));
      for (const event of one.events) this.events.push({ ...event, atMs: this.nowMs });
    }
    for (const event of decision.events) this.events.push({ ...event, atMs: this.nowMs });
    this.memory = { services, ...(decision.doubt ? { doubt: decision.doubt } : {}) };
    return decision;
  }

  /** Turns until nothing more follows at this moment. */
  settle(): KubeDecision {
    for (let turns = 0; turns < 20; turns++) {
      const watched = this.watched.size;
      const decision = this.turn();
      if (!decision.services.some(writesAnything) && this.watched.size === watched) return decision;
    }
    throw new Error('the decision never comes to rest');
  }

  /** Lives on until this many seconds after the start, at each time that is due. */
  until(seconds: number): this {
    const endMs = startMs + seconds * 1_000;
    for (;;) {
      const { dueMs = endMs } = this.settle();
      const due = Math.min(dueMs, endMs);
      if (this.nowMs >= endMs) return this;
      this.nowMs = Math.max(due, this.nowMs + 1);
    }
  }

  apply(change: Change): void {
    this.changes.push(change);
    const service = serviceOf(change);
    const at = this.services.find(({ key }) => key === service);
    const put = (servers: readonly RealServer[]): void => {
      if (!at) throw new Error(`no such service: ${service}`);
      this.services = this.services.map((one) => (one === at ? { ...one, servers } : one));
    };
    switch (change.kind) {
      case 'add-service':
        if (at) throw new Error('there is such a service');
        this.services = [...this.services, change.service];
        return;
      case 'remove-service':
        this.services = this.services.filter((one) => one !== at);
        return;
      case 'add-server':
        if (at?.servers.some(({ key }) => key === change.server.key))
          throw new Error('there is one');
        put([...(at?.servers ?? []), change.server]);
        break;
      case 'set-weight':
        put(
          (at?.servers ?? []).map((one) => (one.key === change.server.key ? change.server : one)),
        );
        break;
      case 'remove-server':
        put((at?.servers ?? []).filter(({ key }) => key !== change.server.key));
        break;
      case 'set-scheduler':
        return;
      default:
        assertNever(change);
    }
    const total = totalWeight(this.services.find(({ key }) => key === service)?.servers ?? []);
    this.lowest.set(service, Math.min(this.lowest.get(service) ?? total, total));
  }

  putClaim(claim: ClusterClaim): void {
    this.dropClaim(claim.service);
    this.claims = [...this.claims, claim];
  }

  private dropClaim(service: ServiceKey): void {
    this.claims = this.claims.filter((one) => one.service !== service);
  }

  /** Somebody else's rows. */
  foreign(servers: Readonly<Record<string, number>>, service: ServiceKey = web): this {
    const rows = Object.entries(servers).map(([address, weight]) =>
      realServer(address, weight, { port: 30443 }),
    );
    const address = {
      kind: 'address',
      protocol: 'tcp',
      address: '203.0.113.10',
      port: 443,
    } as const;
    const at = this.services.find(({ key }) => key === service);
    const servers_ = [...(at?.servers ?? []), ...rows];
    const next = at
      ? { ...at, servers: servers_ }
      : wrrService(servers_, { key: service, address });
    this.services = [...this.services.filter((one) => one !== at), next];
    return this;
  }

  weights(service: ServiceKey = web): Readonly<Record<string, number>> {
    const at = this.services.find(({ key }) => key === service);
    return Object.fromEntries(
      (at?.servers ?? [])
        .map(({ address, weight }) => [address, weight] as const)
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    );
  }

  states(service: ServiceKey = web): Readonly<Record<string, string>> {
    const claim = this.claims.find((one) => one.service === service);
    return Object.fromEntries(
      (claim?.servers ?? []).map(({ server, state }) => [server.split(':')[0] ?? server, state]),
    );
  }

  /** `12 server-leaving 10.0.0.1 exclude-label`: what was told, by seconds. */
  story(): readonly string[] {
    return this.events.map((event) => {
      const seconds = (event.atMs - startMs) / 1_000;
      const server = 'server' in event ? ` ${event.server.split(':')[0]}` : '';
      const more = 'why' in event ? ` ${event.why}` : 'cause' in event ? ` ${event.cause}` : '';
      return `${seconds} ${event.type}${server}${more}`;
    });
  }
}
