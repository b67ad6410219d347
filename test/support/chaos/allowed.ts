import type { Drawn } from './drawn.ts';

/** What of the drawn came to pass in the time of one command. */
export interface Met {
  /** The way of the rollout when the command began; `none` where the command gives it up. */
  readonly way: 'on' | 'back' | 'none';
  /** It was stopped by SIGTERM. */
  readonly isStopped: boolean;
  /** The rollout was, in this command or an earlier one. */
  readonly wasStopped: boolean;
  /**
   * A weight of a bystander that breaks the scale of the ramp: `seen` where it came between two steps of
   * a process that lived on.
   */
  readonly edit: 'none' | 'perhaps-seen' | 'seen';
}

/** The ends that the policy allows a command of a rollout: outcome in the journal, and exit code. */
export function allowedEnds(drawn: Drawn, met: Met): readonly string[] {
  if (met.way === 'none') return ['failed 0'];
  const { onInterrupt } = drawn.policy;
  const conflict = met.edit === 'none' ? [] : ['held 6', 'unfinished 6'];
  // Before there is a journal nothing has been done.
  const stopped = met.isStopped ? ['none 143'] : [];
  if (met.way === 'back') {
    const isHeld = met.isStopped && onInterrupt === 'hold';
    return [
      ...causesOfRollback(drawn, met),
      ...conflict,
      ...stopped,
      ...(isHeld ? ['held 143'] : []),
    ];
  }
  if (met.isStopped) stopped.push(onInterrupt === 'hold' ? 'held 143' : 'rolled-back 143');
  if (met.edit === 'seen') return [...conflict, ...stopped];
  return [ending(drawn), ...conflict, ...stopped];
}

/** The end of a rollout that nobody stops and nothing stands in the way of. */
function ending({ isPersistent, policy }: Drawn): string {
  if (!isPersistent || policy.onTimeout === 'remove') return 'done 0';
  return policy.onTimeout === 'hold' ? 'held 4' : 'rolled-back 4';
}

function causesOfRollback(drawn: Drawn, { wasStopped }: Met): readonly string[] {
  const { isPersistent, policy } = drawn;
  return [
    ...(drawn.afterKill === 'back' ? ['rolled-back 0'] : []),
    ...(wasStopped && policy.onInterrupt === 'rollback' ? ['rolled-back 143'] : []),
    ...(isPersistent && policy.onTimeout === 'rollback' ? ['rolled-back 4'] : []),
  ];
}

/** Weights by server: of each those that it may have, `null` is absent; `any` is any of them. */
export type AllowedWeights = Readonly<Record<string, readonly (number | null)[] | 'any'>>;

/** The weights of a service that a rollout may leave behind. */
export function allowedWeights(
  drawn: Drawn,
  before: Readonly<Record<string, number>>,
  {
    outcome,
    isEdited,
    isHeldUp,
  }: {
    readonly outcome: string;
    readonly isEdited: boolean;
    /** Of a rollout that is held, this service is the one that is not empty. */
    readonly isHeldUp: boolean;
  },
): AllowedWeights {
  const [old, fresh, bystander] = Object.keys({ ...numbered(before) });
  const own = (server = '') => before[server] ?? null;
  const beside =
    bystander && own(bystander) !== null
      ? { [bystander]: isEdited ? ('any' as const) : [own(bystander)] }
      : {};
  if (!old || !fresh) return beside;
  // A new server whose clients come back to it stays in the table, without weight.
  const leftover = drawn.isPersistent && own(fresh) === null ? [0] : [];
  // Given up is only what has edited nothing.
  if (outcome === 'failed') return { [old]: [own(old)], [fresh]: [own(fresh)], ...beside };
  if (outcome === 'rolled-back') {
    return { [old]: [own(old)], [fresh]: [own(fresh), ...leftover], ...beside };
  }
  const isHeld = outcome === 'held';
  const leaves = isHeld && !isHeldUp ? [0, null] : [isHeld ? 0 : null];
  // Beside a weight that somebody set on the scale of the ramp a hold leaves that scale.
  const isOnScale = isHeld && isEdited;
  const sum = (own(old) ?? 0) + (own(fresh) ?? 0);
  return { [old]: drawn.policy.keep ? [0] : leaves, [fresh]: isOnScale ? 'any' : [sum], ...beside };
}

/** The servers 10.0.0.1 to 10.0.0.3 of a service, with the port that it has. */
function numbered(before: Readonly<Record<string, number>>): Readonly<Record<string, true>> {
  const port = Object.keys(before)[0]?.split(':')[1];
  return Object.fromEntries([1, 2, 3].map((n) => [`10.0.0.${n}:${port}`, true]));
}
