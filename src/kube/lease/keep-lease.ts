import type { Clock } from '../../rollout/ports.ts';
import type { ApiFailure, ApiResult, ClusterApi, Lease, ObjectName } from '../kube-ports.ts';
import { leads, newLeaseState } from './lease-state.ts';
import { type LeaseHappened, leaseAction, nextLease } from './next-lease.ts';

export interface LeaseOptions {
  readonly api: Pick<ClusterApi, 'readLease' | 'createLease' | 'replaceLease'>;
  readonly name: ObjectName;
  /** The instance's own name, which no other process has or had. */
  readonly self: string;
  readonly clock: Clock;
  /** From 0 to 1. */
  random(): number;
  readonly signal: AbortSignal;
  /** Told when this instance begins to lead or has ceased to. */
  onChange(isLeader: boolean): void;
  /** Told of each failure to read or write the Lease. */
  onFailure(failure: ApiFailure): void;
}

export interface KeptLease {
  /** Whether this instance leads at this very moment. */
  leads(): boolean;
  /** The instance that leads, as far as this one knows. */
  holder(): string | undefined;
  /** Resolves when `signal` has aborted and the Lease has been given up. */
  readonly ended: Promise<void>;
}

/** Takes the Lease as soon as it is free, and renews it until `signal` aborts. */
export function keepLease(options: LeaseOptions): KeptLease {
  const { api, name, clock, signal, random, onChange } = options;
  let state = newLeaseState(options.self);
  let wasLeader = false;
  const leadsNow = (): boolean => leads(state, clock.nowMs());
  const notice = (): void => {
    if (leadsNow() === wasLeader) return;
    wasLeader = !wasLeader;
    onChange(wasLeader);
  };

  async function perform(): Promise<void> {
    const sentMs = clock.nowMs();
    const action = leaseAction(state, sentMs);
    if (action.kind === 'wait') {
      await clock.sleepUntil(action.untilMs, signal);
      return;
    }
    const happened = await asked(action, sentMs);
    state = nextLease(state, happened, { nowMs: clock.nowMs(), random: random() });
  }

  async function asked(
    action: Exclude<ReturnType<typeof leaseAction>, { readonly kind: 'wait' }>,
    sentMs: number,
  ): Promise<LeaseHappened> {
    if (action.kind === 'read') {
      const answer = await api.readLease(name);
      if (answer.ok) return { kind: 'read', lease: answer.value };
      return answer.failure.code === 'not-found' ? { kind: 'absent' } : failed(answer.failure);
    }
    const answer: ApiResult<Lease> =
      action.kind === 'create'
        ? await api.createLease(name, action.spec)
        : await api.replaceLease(name, action.spec, action.version);
    return answer.ok ? { kind: 'written', lease: answer.value, sentMs } : failed(answer.failure);
  }

  function failed(failure: ApiFailure): LeaseHappened {
    options.onFailure(failure);
    return { kind: 'failed', code: failure.code };
  }

  async function run(): Promise<void> {
    while (!signal.aborted) {
      await perform();
      notice();
    }
    const { seen } = state;
    if (leadsNow() && seen) {
      // For the next one to take at once.
      const spec = { ...seen.lease, holder: '', durationSeconds: 1, renewedMs: clock.nowMs() };
      await api.replaceLease(name, spec, seen.lease.version);
    }
    state = newLeaseState(options.self);
    notice();
  }

  return { leads: leadsNow, holder: () => state.seen?.lease.holder, ended: run() };
}
