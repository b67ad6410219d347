import { expect, it } from 'vitest';
import { awaitGuard } from '../../../src/control/around/await-guard.ts';
import type { OpenFleet } from '../../../src/control/ports.ts';
import type { ServerKey, ServiceKey } from '../../../src/domain/address.ts';
import type { Clock, MaintenanceMark } from '../../../src/rollout/ports.ts';
import { createMemoryStore } from '../../../src/store/memory-store.ts';
import { unwrap } from '../../contract/store.ts';

const mark = {
  table: 'ipvsadm',
  service: 'tcp/10.0.0.100:80' as ServiceKey,
  server: '10.0.0.1:80' as ServerKey,
  reason: 'health',
  weight: 4,
  sinceMs: 1,
} as const;

/** A server of a guard that finds it healthy at that time; gives the time at which the wait ended. */
async function awaited(healthyAtMs: number, untilMs: number, own: MaintenanceMark = mark) {
  const store = createMemoryStore();
  unwrap(await store.marks.put(own));
  unwrap(await store.marks.put({ ...mark, server: '10.0.0.2:80' as ServerKey }));
  let nowMs = 0;
  const clock: Clock = {
    nowMs: () => nowMs,
    async sleepUntil(timeMs) {
      nowMs = timeMs;
      if (nowMs >= healthyAtMs) unwrap(await store.marks.remove(mark));
    },
  };
  const access = [{ director: 'local', where: 'local', ipvsadm: 'ipvsadm' }];
  const opened = { access, clock } as unknown as OpenFleet;
  const never = new AbortController().signal;
  const stop = { requested: () => undefined, signal: () => never };
  const ended = await awaitGuard({ store, opened, stop }, [{ address: '10.0.0.1' }], untilMs);
  return { ended: unwrap(ended), nowMs };
}

it('an around waits until the guard finds its servers healthy, whatever it says of others', async () => {
  expect(await awaited(3_500, 60_000)).toEqual({ ended: 'healthy', nowMs: 4_000 });
});

it('an around waits no longer than it is told to', async () => {
  expect(await awaited(90_000, 2_500)).toEqual({ ended: 'kept-out', nowMs: 2_500 });
});

it('an around takes a server for healthy that serves with the part of its weight that its agent asks for', async () => {
  const ended = await awaited(90_000, 2_500, { ...mark, percent: 50 });
  expect(ended).toEqual({ ended: 'healthy', nowMs: 0 });
});
