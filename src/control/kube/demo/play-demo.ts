import type { ServerKey } from '../../../domain/address.ts';
import type { KubeEventBody } from '../../../domain/events/kube-event.ts';
import { fail, ok, type Result } from '../../../domain/failure.ts';
import type { ServerSample } from '../../../domain/ipvs/ipvs.ts';
import { demoCluster, demoService, demoSettings } from '../../../kube/demo/demo-cluster.ts';
import { beginUpgrade, nextUpgrade, type Upgrade } from '../../../kube/demo/rolling-upgrade.ts';
import type { DirectorStanding } from '../../../kube/run/kube-run-ports.ts';
import { runKube } from '../../../kube/run/run-kube.ts';
import { createWantedView } from '../../../kube/wanted/wanted-view.ts';
import type { StopRequest, StopSwitch, Store } from '../../../rollout/ports.ts';
import type { OpenFleet } from '../../ports.ts';
import { drivenDirectors } from '../driven-directors.ts';

/** The demonstration at one moment. */
export interface DemoMoment {
  readonly atMs: number;
  readonly startMs: number;
  readonly upgrade: Upgrade;
  readonly standing: DirectorStanding | undefined;
  /** Weight and connections of each server that is in the table. */
  readonly servers: ReadonlyMap<
    ServerKey,
    Pick<ServerSample, 'weight' | 'activeConn' | 'inActConn'>
  >;
  readonly traffic: NonNullable<OpenFleet['traffic']>;
}

export interface KubeDemoOptions {
  readonly opened: OpenFleet;
  readonly store: Store;
  readonly stop: StopSwitch;
  /** Hears of each moment, four a second, and of each event. */
  moment(moment: DemoMoment): void;
  event(event: KubeEventBody, director: string, moment: DemoMoment): void;
}

const nodeCount = 6;
const lookEveryMs = 250;
/** A tail behind the last node, for all connections of before to end. */
const tailMs = 3_000;

/**
 * Plays a rolling upgrade of a simulated cluster before a simulated director: the cluster is data, and what
 * drives the director is the loop of `drain kube`. Resolves to the last moment.
 */
export async function playKubeDemo(options: KubeDemoOptions): Promise<Result<DemoMoment>> {
  const { opened, store, moment, event } = options;
  const { clock, traffic } = opened;
  const directors = drivenDirectors(opened);
  const [first] = directors;
  if (!first || !traffic) return fail(notSimulated);
  const startMs = clock.nowMs();
  let upgrade = beginUpgrade(nodeCount, startMs);
  let cluster = demoCluster(upgrade.nodes);
  let standing: DirectorStanding | undefined;
  let servers: DemoMoment['servers'] = new Map();
  const wakes: (() => void)[] = [];
  const now = (): DemoMoment => ({
    ...{ atMs: clock.nowMs(), startMs, upgrade, standing, servers, traffic },
  });
  const stop = createStop(options.stop);
  const view = createWantedView({
    ...{ snapshot: () => cluster, settings: () => demoSettings, directorAddresses: [] },
  });
  const running = runKube({
    ...{ directors, store, clock, stop },
    mayWrite: () => true,
    cluster: {
      wanted: view,
      onChange: (wake) => void wakes.push(wake),
      isReady: async () => true,
    },
    // They are in the table already.
    terms: () => ({ ...demoSettings, adopts: true }),
    emit: (director, body) => event(body, director, now()),
    trouble: () => {},
    patch: () => {},
    stands([one]) {
      standing = one;
    },
  });
  let endMs = Number.POSITIVE_INFINITY;
  while (!stop.requested() && clock.nowMs() < endMs) {
    await clock.sleepUntil(clock.nowMs() + lookEveryMs, stop.signal());
    const sampled = await first.director.sample([demoService]);
    if (sampled.ok) servers = sampled.value[0]?.servers ?? servers;
    const next = nextUpgrade(upgrade, standing?.claims ?? [], clock.nowMs());
    if (next !== upgrade) {
      upgrade = next;
      cluster = demoCluster(upgrade.nodes);
      for (const wake of wakes) wake();
    }
    if (upgrade.phase === 'done') endMs = Math.min(endMs, upgrade.sinceMs + tailMs);
    moment(now());
  }
  stop.end();
  await running.ended;
  return ok(now());
}

const notSimulated = {
  kind: 'usage',
  what: 'the demonstration takes a simulated director',
} as const;

/** The stop of the process, or of the demonstration's own end. */
function createStop(outer: StopSwitch): StopSwitch & { end(): void } {
  const over = new AbortController();
  let own: StopRequest | undefined;
  outer.signal().addEventListener('abort', () => over.abort());
  if (outer.requested()) over.abort();
  return {
    requested: () => outer.requested() ?? own,
    signal: () => over.signal,
    end() {
      own = { signal: 'sigterm', again: false };
      over.abort();
    },
  };
}
