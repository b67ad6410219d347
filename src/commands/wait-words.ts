import type { Wait } from '../control/audience.ts';
import { assertNever } from '../domain/assert-never.ts';
import { isEtcdPlace } from '../domain/places/etcd-place.ts';
import { printable } from '../domain/printable.ts';

const mostNames = 3;

/** A wait in one line: `waiting for the lock in etcd`, `reading the tables of lb1, lb2`. */
export function describeWait(wait: Wait, state: string | undefined): string {
  const place = state !== undefined && isEtcdPlace(state) ? ' in etcd' : '';
  switch (wait.kind) {
    case 'tables': {
      const { length } = wait.directors;
      const names = length > mostNames ? `${length} directors` : wait.directors.join(', ');
      return `reading the ${length === 1 ? 'table' : 'tables'} of ${names}`;
    }
    case 'rollouts':
      return `reading rollouts${place}`;
    case 'lock':
      return `waiting for the lock${place}`;
    case 'service':
      return `waiting for ${wait.service} to come into the table`;
    case 'request':
      return wait.request === 'rollback'
        ? `waiting for rollout ${printable(wait.rollout)} to be rolled back`
        : `waiting for rollout ${printable(wait.rollout)} to ${wait.request}`;
    case 'health': {
      const [first, ...others] = wait.checks;
      return `waiting for ${first}${others.length > 0 ? ` and ${others.length} more` : ''} to pass`;
    }
    case 'floor':
      return 'waiting for room above the floor (minServing)';
    case 'command':
      return `running ${wait.file} for ${wait.server}`;
    default:
      return assertNever(wait);
  }
}
