import type { Failure } from '../../domain/failure.ts';
import { printable } from '../../domain/printable.ts';
import { commandText } from '../../domain/rollout/rollout-status.ts';
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

/** `process 4711 on lb2`. */
const processOf = ({ pid, host }: LockValue): string =>
  `process ${pid}${host === undefined ? '' : ` on ${printable(host)}`}`;

/** The failure of a process that wants a lock which another process has. */
export const lockedBy = (resource: string, by: LockValue, leaseS: number): Failure => ({
  kind: 'conflict',
  what: `${resource} is in rollout ${printable(by.rollout)} (${processOf(by)}) since ${timeOf(by.sinceMs)}`,
  next: `wait for it, or ask it to go back: ${commandText(['rollback', by.rollout])}; a process that died lets go within ${leaseS} s`,
});

/** The failure of a process that had the lock and has it no more: it must not write, nor change the table. */
export const takenOver = (resource: string, holder: LockValue | undefined): Failure => ({
  kind: 'conflict',
  what: `this process lost its lock on ${resource}, and ${
    holder ? `rollout ${printable(holder.rollout)} (${processOf(holder)})` : 'somebody else'
  } has taken it since`,
  next: 'see with drain status how it stands; nothing is left to do here',
});

const timeOf = (ms: number): string =>
  Math.abs(ms) < 8e15 ? new Date(ms).toISOString() : 'an unknown time';
