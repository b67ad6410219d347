import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFileStore } from '../../../src/store/folder/file-store.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'drain-locks-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const resource = 'tcp/10.0.0.100:80 on ipvsadm';
const lock = async (name: string, momentary?: boolean) => {
  const options = momentary === undefined ? {} : { momentary };
  const locked = await createFileStore(folder).lock([resource], name, options);
  if (!locked.ok) throw new Error(locked.failure.what);
  return locked.value;
};

describe('a lock for a moment', () => {
  it('makes a rollout that begins at that moment wait instead of refusing it', async () => {
    const moment = await lock('guard', true);
    expect(await createFileStore(folder).holder(resource)).toMatchObject({ momentary: true });
    const order: string[] = [];
    const rollout = lock('r1').then((held) => {
      order.push('begun');
      return held;
    });
    await new Promise((resolve) => setTimeout(resolve, 100));
    order.push('edit done');
    await moment.release();
    await (await rollout).release();
    expect(order).toEqual(['edit done', 'begun']);
  });

  it('is refused while a rollout is under way', async () => {
    const rollout = await lock('r1');
    await expect(lock('guard', true)).rejects.toThrow(/in rollout r1/);
    expect((await createFileStore(folder).holder(resource))?.momentary).toBeUndefined();
    await rollout.release();
    await (await lock('guard', true)).release();
  });

  it('is never held by two at once, however many want it', async () => {
    let inside = 0;
    let most = 0;
    await Promise.all(
      Array.from({ length: 20 }, async (_, i) => {
        const held = await lock(`guard ${i}`, true);
        most = Math.max(most, ++inside);
        await new Promise((resolve) => setTimeout(resolve, 5));
        inside--;
        await held.release();
      }),
    );
    expect(most).toBe(1);
  });
});
