import type { Failure } from '../../domain/failure.ts';
import { printable } from '../../domain/printable.ts';
import { lockedBy as refusal } from '../../domain/rollout/lock-refusal.ts';
import type { Trouble } from './etcd.ts';
import type { LockValue } from './locks/holding.ts';

/** The failure that the operator reads of a trouble with etcd. `place` is its address, without secrets. */
export function etcdFailure(place: string, trouble: Trouble): Failure {
  switch (trouble.kind) {
    case 'away':
      return stateFailure(
        place,
        trouble.why,
        'check that etcd runs there and has a leader, or give another place with --state',
      );
    case 'no-lease':
      return stateFailure(place, 'the lease of a lock ended early', 'try again');
    case 'refused':
      return stateFailure(
        place,
        trouble.why,
        trouble.next ?? 'look into the log of etcd, or give another place with --state',
      );
  }
}

export const stateFailure = (place: string, why: string, next: string): Failure => ({
  kind: 'preflight',
  what: `the state cannot be kept in ${printable(place)}: ${printable(why, 400)}`,
  next,
});

/** The failure of a process that wants a lock which another process has. */
export const lockedBy = (resource: string, by: LockValue, leaseS: number): Failure =>
  refusal(resource, by, `; a process that died lets go within ${leaseS} s`);
