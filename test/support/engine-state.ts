import type { ServerKey, ServiceKey } from '../../src/domain/address.ts';
import type { HostFacts } from '../../src/domain/ipvs/host-facts.ts';
import type { ServiceSample, VirtualService } from '../../src/domain/ipvs/ipvs.ts';
import type { RolloutPolicy } from '../../src/domain/rollout/plan.ts';
import { buildPlan } from '../../src/planner/build-plan.ts';
import type { LiveDirector, Observation } from '../../src/rollout/observe/observation.ts';
import { drainKey, type Milestone } from '../../src/rollout/state/director-state.ts';
import { expectedTarget } from '../../src/rollout/state/expected-weights.ts';
import {
  foldJournal,
  type JournalBody,
  type JournalEntry,
} from '../../src/rollout/state/journal.ts';
import {
  directorState,
  lastStep,
  type RolloutState,
} from '../../src/rollout/state/rollout-state.ts';
import { type RequestSketch, request } from './simulated-rollout.ts';
import { realServer, snapshotOf, wrrService } from './tables.ts';

export const web = 'tcp/10.0.0.100:80' as ServiceKey;
export const old = '10.0.0.1:80' as ServerKey;
export const fresh = '10.0.0.2:80' as ServerKey;
export const other = '10.0.0.3:80' as ServerKey;
export const oldKey = drainKey(web, old);

const baseline = wrrService([realServer('10.0.0.1', 100), realServer('10.0.0.3', 100)]);

export interface StateSketch {
  readonly directors?: readonly string[];
  readonly sketch?: Partial<RequestSketch>;
  readonly quorum?: number;
  readonly service?: VirtualService;
  readonly facts?: HostFacts;
}

/** A rollout from 10.0.0.1 to 10.0.0.2 in 12 steps of 5 s, begun at 0, after these entries. */
export function stateAfter(
  entries: readonly (JournalBody & { readonly atMs?: number })[],
  { directors = ['lb1'], sketch, quorum, service = baseline, facts }: StateSketch = {},
): RolloutState {
  const built = buildPlan(
    request({ from: '10.0.0.1', to: '10.0.0.2', ...sketch }),
    directors.map((director) => ({
      director,
      snapshot: snapshotOf([service]),
      ...(facts && { facts }),
    })),
  );
  if (!built.plan) throw new Error(JSON.stringify(built.diagnostics));
  const policy: RolloutPolicy = {
    ...built.plan.policy,
    ...(quorum === undefined ? {} : { quorum }),
  };
  const plan = { ...built.plan, policy };
  const access = directors.map((director) => ({ director, where: 'local', ipvsadm: director }));
  return foldJournal([
    { v: 1, atMs: 0, type: 'opened', rollout: 'r', plan, access, startAtMs: 0 },
    ...entries.map((entry): JournalEntry => ({ v: 1, atMs: 0, ...entry })),
  ]);
}

/** Entries that say that these directors have reached a milestone. */
export const reachedOn = (
  directors: readonly string[],
  milestone: Milestone,
  atMs = 0,
): readonly (JournalBody & { readonly atMs: number })[] =>
  directors.map((director) => ({ type: 'reached', director, milestone, atMs }));

/** A rollout whose old server is at weight 0 on these directors, since that time. */
export function drainingSince(sinceMs: number, how: StateSketch = {}): RolloutState {
  const { directors = ['lb1'] } = how;
  const step = lastStep(stateAfter([], how).plan);
  return stateAfter(reachedOn(directors, { kind: 'step', step }, sinceMs), how);
}

/** A director whose table was listed and sampled at that time, as the journal has it. */
export function listedAt(
  state: RolloutState,
  name: string,
  atMs: number,
  more: Partial<LiveDirector> = {},
): LiveDirector {
  const plan = state.plan.directors.find(({ director }) => director === name);
  if (!plan) throw new Error(`no director ${name}`);
  const samples = new Map(
    plan.services.map((service): [ServiceKey, ServiceSample] => {
      const { weights, scheduler } = expectedTarget(service, directorState(state, plan));
      const counts = { activeConn: 0, inActConn: 0, persistConn: 0 };
      const servers = new Map([...weights].map(([key, weight]) => [key, { weight, ...counts }]));
      return [service.service, { service: service.service, scheduler, servers }];
    }),
  );
  const snapshot = { ...snapshotOf([]), samples };
  return {
    table: { atMs, snapshot },
    sample: { atMs, services: samples },
    tellsChanges: false,
    commandMs: 20,
    troubles: {},
    ...more,
  };
}

/** An observation of these directors; the next poll is far away. */
export const seenOf = (
  directors: Readonly<Record<string, LiveDirector>>,
  more: Partial<Observation> = {},
): Observation => ({
  directors: new Map(Object.entries(directors)),
  watches: new Map(),
  gates: new Map(),
  nextPollMs: Number.POSITIVE_INFINITY,
  nextConnectionsMs: 0,
  ...more,
});
