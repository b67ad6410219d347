import type { Clock } from '../../rollout/ports.ts';
import { drainedCondition } from '../cluster/names.ts';
import type { ApiFailure, ClusterApi } from '../kube-ports.ts';
import type { WantedCondition } from './node-conditions.ts';

interface ConditionWriterDeps {
  readonly api: Pick<ClusterApi, 'patchNodeCondition'>;
  readonly clock: Clock;
  /** Asked before each write. */
  mayWrite(): boolean;
  onFailure(failure: ApiFailure): void;
}

/** The last attempt at a condition, for what it was then and should be. */
interface Attempt {
  readonly of: string;
  /** Absent: it was written, and the watch will bring it. */
  readonly dueMs?: number | undefined;
  readonly failures: number;
}

const shortestRetryMs = 5_000;
const longestRetryMs = 300_000;

/** Writes conditions of nodes, each once; after a failure again 5, 10, 20, ... at most 300 s later. */
export function createConditionWriter({ api, clock, mayWrite, onFailure }: ConditionWriterDeps): {
  /** Resolves with the time of the next try, if one is known. */
  write(wanted: readonly WantedCondition[]): Promise<number | undefined>;
} {
  let attempts: ReadonlyMap<string, Attempt> = new Map();
  return {
    async write(wanted) {
      const next = new Map<string, Attempt>();
      for (const { node, ...condition } of wanted) {
        const of = JSON.stringify([node.drained, condition.status, condition.reason]);
        const before = attempts.get(node.uid);
        const isSame = before?.of === of;
        if (isSame) next.set(node.uid, before);
        if (isSame && (before.dueMs === undefined || clock.nowMs() < before.dueMs)) continue;
        if (!mayWrite()) return undefined;
        const atMs = clock.nowMs();
        const times = { sinceMs: atMs, atMs };
        const type = drainedCondition;
        const answer = await api.patchNodeCondition(node.name, { type, ...condition, ...times });
        if (answer.ok || answer.failure.code === 'not-found') {
          next.set(node.uid, { of, failures: 0 });
          continue;
        }
        const failures = (isSame ? before.failures : 0) + 1;
        const restMs = Math.min(longestRetryMs, shortestRetryMs * 2 ** (failures - 1));
        next.set(node.uid, { of, failures, dueMs: clock.nowMs() + restMs });
        onFailure(answer.failure);
      }
      attempts = next;
      const dues = [...next.values()].flatMap(({ dueMs }) => dueMs ?? []);
      return dues.length === 0 ? undefined : Math.min(...dues);
    },
  };
}
