import type {
  ApiFailure,
  ApiResult,
  ClusterApi,
  ListAsk,
  ListPage,
  WatchAsk,
  WatchEnd,
  WatchedResource,
} from '../../../src/kube/kube-ports.ts';
import type { Clock } from '../../../src/rollout/ports.ts';
import { ApiError } from './api-object.ts';
import type { ClusterStore, StoredChange, StoredList } from './cluster-store.ts';

export type ListFault =
  | ('busy' | 'cut' | 'silent' | 'forbidden' | 'reordered' | 'gone')
  /** The answer is whole, and comes when 20 s have passed. */
  | 'slow'
  /** A server that does not know all yet: half of what there is, or nothing, as if that were all. */
  | ('partial' | 'empty');
export type WatchFault =
  | ('busy' | 'cut' | 'silent' | 'forbidden' | 'gone' | 'hasty')
  /** The connection breaks after the first change, in the middle of a line: the change is lost. */
  | 'half'
  /** Each change twice. */
  | 'twice';

/** Says what goes wrong with the next request, if anything. */
export interface FaultPlan {
  list(resource: WatchedResource): ListFault | undefined;
  watch(resource: WatchedResource): WatchFault | undefined;
}

/** Lists and watches of a store without a network, with the faults of one. */
export interface MemoryApi extends Pick<ClusterApi, 'list' | 'watch'> {
  /** Requests so far, `list nodes`. */
  readonly asked: readonly string[];
  /** Breaks watches that run; a silent one is noticed after `idleMs`. */
  breakWatches(how: 'cut' | 'silent' | 'closed'): number;
}

const noAnswerMs = 30_000;
const slowMs = 20_000;

export function createMemoryApi(
  store: ClusterStore,
  clock: Clock,
  faults: FaultPlan = { list: () => undefined, watch: () => undefined },
  pageSize = Number.POSITIVE_INFINITY,
): MemoryApi {
  const asked: string[] = [];
  const running = new Set<(how: 'cut' | 'silent' | 'closed') => void>();

  async function list(resource: WatchedResource, ask: ListAsk): Promise<ApiResult<ListPage>> {
    asked.push(`list ${resource}`);
    const fault = faults.list(resource);
    const failed = fault && failureOf(fault, { verb: 'list', resource });
    if (fault === 'silent') await clock.sleepUntil(clock.nowMs() + noAnswerMs, ask.signal);
    if (fault === 'slow') await clock.sleepUntil(clock.nowMs() + slowMs, ask.signal);
    if (failed) return { ok: false, failure: failed };
    try {
      const { continueAt, namespace } = ask;
      const limit = Math.min(ask.limit, pageSize);
      const page = store.list(resource, { limit, continueAt, namespace });
      return { ok: true, value: shown(page, fault) };
    } catch (error) {
      return { ok: false, failure: failureBy(error, { verb: 'list', resource }) };
    }
  }

  async function watch(resource: WatchedResource, ask: WatchAsk): Promise<WatchEnd> {
    asked.push(`watch ${resource}`);
    const fault = faults.watch(resource);
    const place = { verb: 'watch', resource };
    const failed = fault && failureOf(fault, place);
    if (failed && fault !== 'silent') return { kind: 'failed', failure: failed };
    ask.on({ kind: 'opened' });
    if (fault === 'hasty') return { kind: 'closed' };
    return await new Promise<WatchEnd>((resolve) => {
      let isSilent = fault === 'silent';
      let unwatch = (): void => {};
      const over = new AbortController();
      const end = (how: WatchEnd): void => {
        unwatch();
        running.delete(stop);
        over.abort();
        resolve(how);
      };
      const after = (ms: number, how: WatchEnd): void => {
        void clock.sleepUntil(clock.nowMs() + ms, over.signal).then(() => end(how));
      };
      const broken = (code: 'cut' | 'silent'): WatchEnd => ({
        kind: 'failed',
        failure: failureOf(code, place) as ApiFailure,
      });
      const stop = (how: 'cut' | 'silent' | 'closed'): void => {
        if (how === 'closed') end({ kind: 'closed' });
        else if (how === 'cut') end(broken('cut'));
        else {
          isSilent = true;
          after(ask.idleMs, broken('silent'));
        }
      };
      const on = (change: StoredChange): void => {
        if (change.resource !== resource || isSilent || over.signal.aborted) return;
        if (fault === 'half') {
          end(broken('cut'));
          return;
        }
        const kind = change.type === 'DELETED' ? 'deleted' : 'set';
        ask.on({ kind, object: change.object });
        if (fault === 'twice') ask.on({ kind, object: change.object });
      };
      running.add(stop);
      ask.signal.addEventListener('abort', () => end({ kind: 'closed' }));
      if (isSilent) return after(ask.idleMs, broken('silent'));
      after(ask.timeoutMs, { kind: 'closed' });
      try {
        unwatch = store.watch(ask.version, on);
        if (over.signal.aborted) unwatch();
      } catch (error) {
        end({ kind: 'failed', failure: failureBy(error, place) });
      }
    });
  }

  return {
    ...{ list, watch, asked },
    breakWatches(how) {
      const stopped = [...running];
      for (const stop of stopped) stop(how);
      return stopped.length;
    },
  };
}

function shown(page: StoredList, fault: ListFault | undefined): ListPage {
  const { items, version } = page;
  switch (fault) {
    case 'reordered':
      return { ...page, items: items.toReversed() };
    case 'partial':
      return { version, items: items.slice(0, Math.floor(items.length / 2)) };
    case 'empty':
      return { version, items: [] };
    default:
      return page;
  }
}

interface AskedFor {
  readonly verb: string;
  readonly resource: string;
}

function failureOf(fault: ListFault | WatchFault, place: AskedFor): ApiFailure | undefined {
  switch (fault) {
    case 'busy':
      return { ...place, code: 'busy', message: 'planned', status: 503, retryAfterMs: 2_000 };
    case 'cut':
      return { ...place, code: 'unreachable', message: 'planned' };
    case 'silent':
      return { ...place, code: 'timed-out', message: 'planned' };
    case 'forbidden':
      return { ...place, code: 'forbidden', message: 'planned', status: 403 };
    case 'gone':
      return { ...place, code: 'gone', message: 'planned', status: 410 };
    default:
      return undefined;
  }
}

function failureBy(error: unknown, place: AskedFor): ApiFailure {
  if (!(error instanceof ApiError)) throw error;
  const code = error.status === 410 ? 'gone' : 'invalid';
  return { ...place, code, message: error.message, status: error.status };
}
