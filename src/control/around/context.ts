import type { Actor } from '../../domain/actor/actor.ts';
import type { AroundRecord } from '../../domain/around/around.ts';
import type { AroundEventBody } from '../../domain/events/around-event.ts';
import type { Result } from '../../domain/failure.ts';
import type { DirectorAccess } from '../../domain/places/director-access.ts';
import { tableOf } from '../../domain/rollout/rollout-locks.ts';
import type { Lock, StopSwitch, Store } from '../../rollout/ports.ts';
import type { Audience } from '../audience.ts';
import type { PastFreeze } from '../freeze.ts';
import type { ControlPorts, OpenFleet } from '../ports.ts';

/** All that one process works with while it runs a `drain around`. */
export interface AroundContext {
  /** Ports with one stop switch for all rollouts: else each hears every signal as the first. */
  readonly ports: ControlPorts;
  readonly audience: Audience;
  readonly store: Store;
  /** The directors that all rollouts share: simulated ones would begin anew. */
  readonly opened: OpenFleet;
  readonly stop: StopSwitch;
  readonly pastFreeze?: PastFreeze | undefined;
  readonly emit: (event: AroundEventBody) => void;
}

export function aroundContext(
  ports: ControlPorts,
  audience: Audience,
  {
    record,
    ...found
  }: Pick<AroundContext, 'store' | 'opened' | 'pastFreeze'> & { readonly record: AroundRecord },
): AroundContext {
  const stop = ports.listenForStop();
  const emit = audience.around(record, found.opened);
  return { ports: { ...ports, listenForStop: () => stop }, audience, ...found, stop, emit };
}

/**
 * Locks an around to one process, and each server to one around: while a command runs there is no
 * rollout that would hold a lock.
 */
export const lockAround = (
  store: Store,
  record: AroundRecord,
  actor: Actor,
): Promise<Result<Lock>> =>
  store.lock(
    [
      aroundResource(record.around),
      ...record.batches.flatMap(({ servers }) =>
        servers.flatMap(({ address }) =>
          record.access.map((director) => aroundServerResource(address, director)),
        ),
      ),
    ],
    record.around,
    { access: record.access, actor },
  );

export const aroundServerResource = (address: string, director: DirectorAccess): string =>
  `around ${address} on ${tableOf(director)}`;

export const aroundResource = (around: string): string => `around ${around}`;
