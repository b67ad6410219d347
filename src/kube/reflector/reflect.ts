import { assertNever } from '../../domain/assert-never.ts';
import type { Clock } from '../../rollout/ports.ts';
import type { ClusterApi, WatchChange, WatchEnd, WatchedResource } from '../kube-ports.ts';
import type { Mirror } from './mirror.ts';
import { next } from './next.ts';
import {
  type ReflectorHappened,
  type ReflectorState,
  unsyncedReflector,
} from './reflector-state.ts';

const pageSize = 500;
/** A server takes any time; the longer of two keeps those of many watchers apart. */
const watchMs = { shortest: 300_000, longest: 600_000 };
/** Bookmarks come about once a minute. */
const idleMs = 150_000;

export interface Reflected<T> {
  readonly api: Pick<ClusterApi, 'list' | 'watch'>;
  readonly resource: WatchedResource;
  /** One namespace; all of them without it. */
  readonly namespace?: string | undefined;
  readonly mirror: Mirror<T>;
  readonly clock: Clock;
  /** From 0 to 1. */
  random(): number;
  readonly signal: AbortSignal;
  /** Told of each new state; `isChanged` when the mirror is another. */
  onStep(state: ReflectorState, isChanged: boolean): void;
}

/** Keeps a mirror what the server has, until `signal` aborts. Never rejects. */
export async function reflect<T>(options: Reflected<T>): Promise<void> {
  const { clock, mirror, signal, onStep, random } = options;
  let state = unsyncedReflector;
  /** Tells whether the watch that runs is to end. */
  const take = (happened: ReflectorHappened): boolean => {
    if (signal.aborted) return true;
    const step = next(state, happened, { nowMs: clock.nowMs(), random: random() });
    state = step.state;
    onStep(state, step.edit ? mirror.apply(step.edit) : false);
    return step.endsWatch ?? false;
  };
  while (!signal.aborted) {
    const { phase } = state;
    switch (phase.kind) {
      case 'listing':
        take(await listed(options, phase.continueAt));
        break;
      case 'watching':
        take({ kind: 'watch-ended', end: await watched(options, state.version ?? '', take) });
        break;
      case 'waiting':
        await clock.sleepUntil(phase.untilMs, signal);
        take({ kind: 'due' });
        break;
      default:
        assertNever(phase);
    }
  }
}

async function listed<T>(
  { api, resource, namespace, mirror, signal }: Reflected<T>,
  continueAt: string | undefined,
): Promise<ReflectorHappened> {
  const answer = await api.list(resource, { limit: pageSize, continueAt, namespace, signal });
  if (!answer.ok) return { kind: 'list-failed', failure: answer.failure };
  const { items, version, continueAt: more } = answer.value;
  const objects = items.map((item) => mirror.trim(item));
  return { kind: 'listed', page: { objects, version, continueAt: more } };
}

async function watched<T>(
  { api, resource, namespace, mirror, signal, random }: Reflected<T>,
  version: string,
  take: (happened: ReflectorHappened) => boolean,
): Promise<WatchEnd> {
  const ending = new AbortController();
  const end = (): void => ending.abort();
  signal.addEventListener('abort', end);
  const on = (change: WatchChange): void => {
    if (!ending.signal.aborted && take(happenedBy(change, mirror))) end();
  };
  const timeoutMs = watchMs.shortest + random() * (watchMs.longest - watchMs.shortest);
  try {
    return await api.watch(resource, {
      ...{ version, namespace, timeoutMs: Math.round(timeoutMs), idleMs },
      ...{ signal: ending.signal, on },
    });
  } finally {
    signal.removeEventListener('abort', end);
  }
}

function happenedBy<T>(change: WatchChange, mirror: Mirror<T>): ReflectorHappened {
  if (change.kind === 'opened' || change.kind === 'bookmark') return change;
  const as = change.kind === 'set' ? 'set' : 'delete';
  return { kind: 'changed', as, object: mirror.trim(change.object) };
}
