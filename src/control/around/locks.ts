import type { AroundRecord } from '../../domain/around.ts';
import type { Result } from '../../domain/failure.ts';
import { tableOf } from '../../domain/rollout-locks.ts';
import type { Lock, Store } from '../../rollout/ports.ts';

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
