import type { AroundRecord } from '../../domain/around/around.ts';
import type { AroundEventBody } from '../../domain/events/around-event.ts';
import type { Result } from '../../domain/failure.ts';
import { tableOf } from '../../domain/rollout/rollout-locks.ts';
import type { Lock, StopSwitch, Store } from '../../rollout/ports.ts';
import type { Audience } from '../audience.ts';
import type { ControlPorts, OpenFleet } from '../ports.ts';

/** All that one process works with while it goes around. */
export interface AroundContext {
  /** With one switch for all its rollouts: each listening by itself would hear every signal as the first. */
  readonly ports: ControlPorts;
  readonly audience: Audience;
  readonly store: Store;
  /** Shared by its rollouts: simulated directors would begin anew. */
  readonly opened: OpenFleet;
  readonly stop: StopSwitch;
  readonly emit: (event: AroundEventBody) => void;
}

export function aroundContext(
  ports: ControlPorts,
  audience: Audience,
  { around, store, opened }: Pick<AroundContext, 'store' | 'opened'> & { readonly around: string },
): AroundContext {
  const stop = ports.listenForStop();
  const emit = audience.around(around, opened);
  return { ports: { ...ports, listenForStop: () => stop }, audience, store, opened, stop, emit };
}

/**
 * One process for an around, and one around for a server: while a command runs there is no rollout that
 * would hold a lock.
 */
export const lockAround = (store: Store, record: AroundRecord): Promise<Result<Lock>> =>
  store.lock(
    [
      aroundResource(record.around),
      ...record.batches.flatMap(({ servers }) =>
        servers.flatMap(({ address }) =>
          record.access.map((director) => `around ${address} on ${tableOf(director)}`),
        ),
      ),
    ],
    record.around,
  );

export const aroundResource = (around: string): string => `around ${around}`;
