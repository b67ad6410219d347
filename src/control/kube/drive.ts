import type { DaemonProbes } from '../../daemons/probes.ts';
import type { KubeEvent, KubeNotice, KubeNoticeBody } from '../../domain/events/kube-event.ts';
import { fail, ok, type Result } from '../../domain/failure.ts';
import type { Floors } from '../../domain/floor/floor.ts';
import type { KubeSettings } from '../../domain/kube/kube-settings.ts';
import { type CheckerDeps, createCheckerPool } from '../../guard/checkers.ts';
import { createHealthWatch } from '../../kube/health/health-watch.ts';
import type { ClusterApi } from '../../kube/kube-ports.ts';
import { type KeptLease, keepLease } from '../../kube/lease/keep-lease.ts';
import { leaseName } from '../../kube/lease/lease-state.ts';
import { names } from '../../kube/manifests/access.ts';
import { watchCluster } from '../../kube/reflector/watch-cluster.ts';
import type { KubeRunDeps } from '../../kube/run/kube-run-ports.ts';
import { runKube } from '../../kube/run/run-kube.ts';
import { eventNote } from '../../kube/seen/event-words.ts';
import { nodeConditions } from '../../kube/status/node-conditions.ts';
import type { Wanted } from '../../kube/wanted/wanted.ts';
import { createWantedView } from '../../kube/wanted/wanted-view.ts';
import type { Clock, Lock, StopSwitch, Store } from '../../rollout/ports.ts';
import type { ControlPorts, OpenFleet } from '../ports.ts';
import { whyClusterNode } from './cluster-nodes.ts';
import { createClusterTroubles, watchedApi } from './cluster-troubles.ts';
import { createClusterWriters } from './cluster-writers.ts';
import { addressesOf, drivenDirectors, whyNoneAnswers } from './driven-directors.ts';
import { hearRequests } from './hear-requests.ts';
import { controllerId, holdCluster } from './hold-cluster.ts';
import { createKubeSeen } from './kube-seen.ts';
import { createPersistenceNotes } from './persistence-notes.ts';
import { createProblemNotes } from './problem-notes.ts';
import { reloadedSettings, reloadNotice } from './settings-in-force.ts';

export interface DriveOptions {
  readonly api: ClusterApi;
  readonly file: string;
  readonly settings: KubeSettings;
  readSettings(): Promise<Result<KubeSettings>>;
  /** Calls `reload` at each SIGHUP. */
  onReload(reload: () => void): void;
  readonly opened: OpenFleet;
  readonly store: Store;
  /** The state is one that several machines have: a Lease says which instance works. */
  readonly isShared: boolean;
  /** The capacity that services keep, of the config file. */
  readonly floors?: (() => Floors) | undefined;
  /** Servers that are in the table already become the cluster's own. */
  readonly adopts: boolean;
  /** So many directors have to let a Service go before it is gone; all of them without it. */
  readonly quorum?: number | undefined;
  readonly stop: StopSwitch;
  /** A name that no other process has or had. */
  readonly instance: string;
  /** From 0 to 1. */
  random(): number;
  createCheck: CheckerDeps['createCheck'];
  readonly turn?: CheckerDeps['turn'];
  /** Shows metrics and probes; returns what ends that. */
  show(probes: DaemonProbes): Promise<Result<() => Promise<void>>>;
  emit(event: KubeEvent | KubeNotice): void;
}

/** The longest that the first decision waits for the cluster, so that none is made about nothing. */
const firstListMs = 2_000;
/** The part of their interval over which first checks are spread: a node that joins waits for its second. */
const spread = 1 / 3;

/**
 * Keeps the tables of all directors as a cluster says until it is told to stop; resolves to the exit
 * code, or to a failure where it could not begin. What stands in the tables stays.
 */
export async function driveByCluster(
  ports: Pick<ControlPorts, 'lookUp'>,
  options: DriveOptions,
): Promise<Result<number>> {
  const { settings, store, isShared, opened } = options;
  const driven = drivenDirectors(opened);
  const failure =
    (await whyNoneAnswers(driven)) ??
    (await whyClusterNode(driven.map(({ director }) => director)));
  if (failure) return fail(failure);
  const held: Result<Lock | undefined> = isShared
    ? ok(undefined)
    : await holdCluster(store, settings.cluster);
  if (!held.ok) return held;
  try {
    return await drive(options, await addressesOf(ports, opened));
  } finally {
    await held.value?.release();
  }
}

async function drive(
  options: DriveOptions,
  directorAddresses: readonly string[],
): Promise<Result<number>> {
  const { api, file, opened, store, stop, random, emit, instance, createCheck, turn } = options;
  const { clock } = opened;
  const isHeld = !options.isShared;
  const { cluster, namespaces } = options.settings;
  const directors = drivenDirectors(opened);
  let { settings } = options;
  const at = () => ({ v: 1 as const, at: new Date(clock.nowMs()).toISOString() });
  const tell = (body: KubeNoticeBody): void => emit({ ...at(), ...body });
  const troubles = createClusterTroubles(api.server, tell);
  const wakes: (() => void)[] = [];
  const wakeAll = (): void => {
    for (const wake of wakes) wake();
  };

  const ending = new AbortController();
  const seen = createSeen(tell);
  const watched = watchCluster({
    ...{ api: watchedApi(api, troubles), namespaces, clock, random, signal: ending.signal },
    onChange() {
      seen.look(watched.isCurrent());
      wakeAll();
    },
  });
  const lease = options.isShared
    ? leaseOf({ ...options, clock, signal: ending.signal }, { tell, troubles, wakeAll })
    : undefined;
  const mayWrite = (): boolean => lease?.leads() ?? true;
  const writers = createClusterWriters({
    ...{ api, clock, mayWrite },
    reporter: { controller: 'drain-kube', instance },
    onFailure(code, failure) {
      if (code !== 'event-not-written') counts.statusFailed();
      troubles.ofApi(code, failure.resource, failure);
    },
  });
  const wantedOf = createWantedView({
    ...{ snapshot: () => watched.snapshot(), settings: () => settings, directorAddresses },
  });
  const counts = createKubeSeen({
    ...{ clock, watched, directors: directors.length, isLeader: mayWrite },
  });
  const view = (nowMs: number): Wanted => {
    const wanted = wantedOf(nowMs);
    counts.wanted(wanted);
    return wanted;
  };
  const health = createHealthWatch({
    pool: createCheckerPool({ clock, random: () => random() * spread, createCheck, turn }),
    ...{ tell, onChange: wakeAll },
  });
  options.onReload(() => {
    void options.readSettings().then((read) => {
      const reloaded = reloadedSettings(settings, read);
      if (reloaded.ok) settings = reloaded.value;
      tell(reloadNotice(reloaded));
      wakeAll();
    });
  });

  const shown = await options.show(counts);
  if (!shown.ok) {
    ending.abort();
    return shown;
  }
  tell({
    ...{ type: 'kube-started', cluster, file },
    directors: directors.map(({ director }) => director.name),
  });
  await Promise.race([seen.known, clock.sleepUntil(clock.nowMs() + firstListMs, stop.signal())]);
  const problems = createProblemNotes();
  const persistent = createPersistenceNotes({ directors, tell, note: writers.note });
  const emitOf: KubeRunDeps['emit'] = (director, event) => {
    emit({ ...at(), director, ...event });
    counts.event(event);
    const note = eventNote(director, event) ?? heldNote(cluster, event);
    if (note) writers.note(note);
  };
  const running = runKube({
    ...{ directors, store, clock, stop, mayWrite, quorum: options.quorum },
    cluster: {
      wanted: view,
      onChange: (wake) => void wakes.push(wake),
      isReady: async () => (await api.ready()).ok,
    },
    terms: () => ({ ...settings, adopts: options.adopts, floors: options.floors?.() }),
    health: () => health.healthOf(view(clock.nowMs())),
    emit: emitOf,
    trouble: troubles.of,
    patch: writers.patch,
    stands(standings) {
      counts.stands(standings);
      void persistent(standings);
      if (settings.writesNodeCondition) {
        const { nodes } = watched.snapshot();
        const areAllSeen = standings.length === directors.length;
        const facts = { settings, nodes, standings, areAllSeen, nowMs: clock.nowMs() };
        writers.conditions(watched.isCurrent() ? nodeConditions(facts) : []);
      }
      health.know(standings.flatMap(({ claims }) => claims));
      const applied = standings.at(-1)?.applied;
      if (!applied) return;
      const { notices, notes } = problems(applied.problems);
      for (const notice of notices) tell(notice);
      for (const note of notes) writers.note(note);
    },
  });
  const asked = hearRequests(
    { store, clock, cluster, mayWrite, isHeld, ended: running.ended },
    () => {
      tell({ type: 'continued' });
      running.goOn();
    },
  );
  const exitCode = await running.ended;
  health.stop();
  await shown.value();
  await writers.finish();
  ending.abort();
  await Promise.all([asked, lease?.ended, watched.ended]);
  tell({ type: 'kube-stopped', reason: stop.requested()?.signal ?? 'sigterm', exitCode });
  return ok(exitCode);
}

/** What concerns no Service is said of drain's Lease. */
const heldNote = (
  cluster: string,
  event: Parameters<KubeRunDeps['emit']>[1],
): Parameters<ReturnType<typeof createClusterWriters>['note']>[0] | undefined => {
  if (event.type !== 'cluster-held' || event.why === 'not-synced') return undefined;
  const name = leaseName(cluster);
  return {
    ...{ type: 'Warning', reason: 'Held', action: 'Hold' },
    regarding: { kind: 'Lease', namespace: names.namespace, name, uid: name },
    note: `no table is changed: ${event.lists.join(', ')} shrank to nothing; drain continue ${controllerId(cluster)} believes it`,
  };
};

/** Tells when the cluster becomes known, and when what is known is not of now any more. */
function createSeen(tell: (notice: KubeNoticeBody) => void) {
  let isKnown = false;
  let isFirst = (): void => {};
  const known = new Promise<void>((resolve) => {
    isFirst = resolve;
  });
  return {
    known,
    look(isCurrent: boolean): void {
      if (isCurrent === isKnown) return;
      isKnown = isCurrent;
      tell({ type: isCurrent ? 'cluster-known' : 'cluster-lost' });
      if (isCurrent) isFirst();
    },
  };
}

function leaseOf(
  {
    api,
    settings,
    instance,
    clock,
    random,
    signal,
  }: DriveOptions & { readonly clock: Clock; readonly signal: AbortSignal },
  on: {
    readonly tell: (notice: KubeNoticeBody) => void;
    readonly troubles: ReturnType<typeof createClusterTroubles>;
    readonly wakeAll: () => void;
  },
): KeptLease {
  return keepLease({
    ...{ api, clock, random, signal, self: instance },
    name: { namespace: names.namespace, name: leaseName(settings.cluster) },
    onChange(isLeader) {
      on.troubles.ofApi('cannot-lead', 'leases', undefined);
      on.tell({ type: isLeader ? 'leader' : 'follower' });
      on.wakeAll();
    },
    onFailure(failure) {
      if (failure.code === 'conflict' || failure.code === 'already-exists') return;
      on.troubles.ofApi('cannot-lead', 'leases', failure);
    },
  });
}
