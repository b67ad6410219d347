import { mkdtemp, open, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createFileStore } from '../../../src/store/folder/file-store.ts';
import { createLockWorld, places } from '../../support/lock-world.ts';

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

  it('of a guard is refused in words of its own', async () => {
    const guard = await lock('guard');
    const refused = await createFileStore(folder).lock([resource], 'r1');
    if (refused.ok) throw new Error('it was granted');
    const { kind, what, next } = refused.failure;
    expect(kind).toBe('conflict');
    expect(what).toMatch(
      /^tcp\S+ on ipvsadm is in the hands of drain guard \(process \d+\) since 20/,
    );
    expect(next).toBe('stop that guard, or leave the service out of its file');
    await guard.release();
  });
});

/** Lets the next release fail, as a disk does that is broken at that moment. */
async function failNextRelease(): Promise<void> {
  const handle = await open(join(folder, 'any'), 'w');
  vi.spyOn(Object.getPrototypeOf(handle), 'truncate').mockRejectedValueOnce(new Error('ENOSPC'));
  await handle.close();
}

describe('a lock for a moment that could not be released', () => {
  it('is known as over by its own process, at once', async () => {
    const moment = await lock('guard', true);
    await failNextRelease();
    await moment.release();
    expect(await createFileStore(folder).holder(resource)).toBeUndefined();
    await (await lock('guard', true)).release();
    await (await lock('r1')).release();
  });

  it('is released by a try that comes later, for others', async () => {
    const world = createLockWorld(folder);
    const guard = world.start(places.host);
    const other = world.start(places.host).locks();
    const moment = await world.until(guard.locks().lock(['x'], 'guard', { momentary: true }));
    if (!moment.ok) throw new Error(moment.failure.what);
    await failNextRelease();
    await moment.value.release();
    expect(await other.holder('x')).toMatchObject({ rollout: 'guard' });
    await world.pass(3_000);
    expect(await other.holder('x')).toBeUndefined();
  });

  it('needs no room on the disk to be released, and leaves no draft', async () => {
    const place = join(folder, 'full');
    const moment = await createFileStore(place).lock([resource], 'guard', { momentary: true });
    if (!moment.ok) throw new Error(moment.failure.what);
    const [file = '', ...others] = await readdir(join(place, 'locks'));
    expect(others).toEqual([]);
    const before = await stat(join(place, 'locks', file));
    await moment.value.release();
    const after = await stat(join(place, 'locks', file));
    expect([after.ino, after.size]).toEqual([before.ino, 0]);
    expect(await readdir(join(place, 'locks'))).toEqual([file]);
  });
});
