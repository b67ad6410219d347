import { type Actor, actorText } from '../actor/actor.ts';
import type { Failure } from '../failure.ts';
import { printable } from '../printable.ts';
import type { Advice } from '../printed-command.ts';
import { timeText } from '../time/time-text.ts';
import { placeText } from './elsewhere.ts';

/** The name that a guard locks under, where a rollout has its id. */
export const guardHolder = 'guard';
/** The name that the controller of a cluster locks under. */
export const kubeHolder = 'kube';

/** The holder of a lock, as far as a refusal tells of it. */
export interface RefusingHolder {
  readonly rollout: string;
  readonly pid: number;
  readonly host?: string | undefined;
  readonly user?: string | undefined;
  /** The state folder of the holder, where it is another than that of whoever is refused. */
  readonly state?: string | undefined;
  readonly sinceMs: number;
  /** Whoever wanted it, and why. */
  readonly actor?: Actor | undefined;
  readonly momentary?: boolean | undefined;
  /** The process is stopped (SIGSTOP), and has the lock for as long as it lives. */
  readonly isStopped?: boolean | undefined;
}

/** The failure of a process that wants a lock which another process has. */
export function lockedBy(
  resource: string,
  holder: RefusingHolder,
  /** Says how long after its death a holder lets go, where that is not at once. */
  freeAfter = '',
): Failure {
  const awake = holder.isStopped ? `let it go on with kill -CONT ${holder.pid}; then ` : '';
  const since = `(${processText(holder)}${holder.isStopped ? ', which is stopped' : ''}) since ${timeText(holder.sinceMs)}`;
  const by = holder.actor ? `, by ${actorText(holder.actor)}` : '';
  if (holder.rollout === kubeHolder) {
    return {
      kind: 'conflict',
      what: `${resource} is in the hands of drain kube ${since}`,
      next: `${awake}try again: it has a service for one edit only; where it stays so, restart it${freeAfter}`,
    };
  }
  if (holder.rollout === guardHolder) {
    return {
      kind: 'conflict',
      what: `${resource} is in the hands of drain guard ${since}`,
      next: `${awake}${
        holder.momentary
          ? 'try again: a guard has it for one edit only; where it stays so, restart that guard'
          : 'stop that guard, or leave the service out of its file'
      }${freeAfter}`,
    };
  }
  // An around cannot be asked while it runs.
  if (holder.rollout.endsWith('-around')) {
    return {
      kind: 'conflict',
      what: `${resource} is in ${printable(holder.rollout)} ${since}${by}`,
      next: `${awake}wait for it, or stop it with SIGTERM (process ${holder.pid}): the commands in hand end, and it can be resumed${freeAfter}`,
    };
  }
  const elsewhere = holder.state === undefined ? [] : ['--state', holder.state];
  return {
    kind: 'conflict',
    what: `${resource} is in rollout ${printable(holder.rollout)} ${since}${by}`,
    next: [
      `${awake}wait for it, or ask it to go back: `,
      ['rollback', holder.rollout, ...elsewhere],
      freeAfter,
    ],
  };
}

/** The failure of a process that had the lock and has it no more: it must not write, nor change the table. */
export const takenOver = (resource: string, holder: RefusingHolder | undefined): Failure => ({
  kind: 'conflict',
  what: `this process lost its lock on ${resource}, and ${
    holder ? `rollout ${printable(holder.rollout)} (${processText(holder)})` : 'somebody else'
  } has taken it since`,
  next: takenOverAdvice,
});

/** Advice for a process whose rollout another one has taken over. */
export const takenOverAdvice: Advice = [
  'see how it stands with ',
  ['status'],
  '; nothing is left to do here',
];

/** `process 4711 on lb2 of anna with the state in /home/anna/.local/state/drain`. */
export const processText = ({ pid, ...place }: Omit<RefusingHolder, 'sinceMs'>): string =>
  [`process ${pid}`, placeText(place)].filter((text) => text !== '').join(' ');
