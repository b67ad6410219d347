import { spawn } from 'node:child_process';
import { chmod, mkdir, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createFileLocks } from '../../../src/store/folder/locks/file-locks.ts';
import { lookAtLock } from '../../../src/store/folder/locks/lock-file.ts';
import { processLockTools } from '../../../src/store/folder/locks/lock-tools.ts';
import { withFolder } from '../../support/drain-command.ts';
import { eventually } from '../../support/eventually.ts';
import { createLockWorld, places } from '../../support/lock-world.ts';

const resource = 'tcp/10.0.0.100:80 on ipvsadm';
const first = 'tcp%2F10.0.0.100%3A80%20on%20ipvsadm.1';

describe('a lock', () => {
  it('of a live process in another container is held, and its rollout seen to run', () =>
    withFolder(async (folder) => {
      const world = createLockWorld(folder);
      const inside = world.start(places.container).locks();
      const outside = world.start(places.host).locks();
      const held = await world.until(inside.lock([resource], 'r1'));
      expect(held.ok).toBe(true);
      await world.pass(120_000);
      expect(await world.until(outside.holder(resource))).toMatchObject({
        rollout: 'r1',
        host: 'f00d',
      });
      expect(await world.until(outside.lock([resource], 'r2'))).toMatchObject({
        failure: {
          kind: 'conflict',
          what: expect.stringContaining('in rollout r1 (process 2 on f00d)'),
        },
      });
    }));

  it('of a process that died in another container is taken when it has been silent', () =>
    withFolder(async (folder) => {
      const world = createLockWorld(folder);
      const process = world.start(places.container);
      await world.until(process.locks().lock([resource], 'r1'));
      process.kill();
      const diedMs = world.nowMs();
      const outside = world.start(places.host).locks();
      await world.pass(1_000);
      expect(await outside.holder(resource)).toMatchObject({ rollout: 'r1' });
      expect(await world.until(outside.lock([resource], 'r2'))).toMatchObject({ ok: true });
      expect(world.nowMs()).toBeLessThan(diedMs + 12_000);
    }));

  it('of a process that has been dead for a while in another container is held by nobody', () =>
    withFolder(async (folder) => {
      const world = createLockWorld(folder);
      const process = world.start(places.container);
      await world.until(process.locks().lock([resource], 'r1'));
      process.kill();
      await world.pass(12_000);
      expect(await world.start(places.host).locks().holder(resource)).toBeUndefined();
    }));

  it('that was taken over is known as lost by its holder, who may edit nothing', () =>
    withFolder(async (folder) => {
      const world = createLockWorld(folder);
      const process = world.start(places.container);
      const locks = process.locks();
      const held = await world.until(locks.lock([resource], 'r1'));
      if (!held.ok) throw new Error(held.failure.what);
      process.stopFor(60_000);
      await world.pass(12_000);
      expect(held.value.lockedForMs?.()).toBe(0);
      const outside = world.start(places.host).locks();
      await world.until(outside.lock([resource], 'r2'));
      await world.pass(60_000);
      expect(held.value.lockedForMs?.()).toBe(0);
      expect(await world.until(locks.renew('r1'))).toMatchObject({
        kind: 'conflict',
        what: expect.stringContaining('rollout r2 (process 2 on lb1) has taken it since'),
      });
    }));

  it('whose file was removed is lost with its state, to nobody', () =>
    withFolder(async (folder) => {
      const world = createLockWorld(folder);
      const locks = world.start(places.host).locks();
      const held = await world.until(locks.lock([resource], 'r1'));
      await rm(join(folder, first));
      await world.pass(3_000);
      expect(held.ok && held.value.lockedForMs?.()).toBe(0);
      expect(await locks.renew('r1')).toMatchObject({
        kind: 'preflight',
        what: expect.stringContaining('it has been removed'),
      });
    }));

  it('is held without /proc', () =>
    withFolder(async (folder) => {
      const world = createLockWorld(folder);
      await world.until(world.start(places.blind).locks().lock([resource], 'r1'));
      await world.pass(60_000);
      const next = world.start(places.blind).locks();
      expect(await world.until(next.lock([resource], 'r2'))).toMatchObject({ ok: false });
    }));

  it('of a process that is stopped is held, and the refusal says so until it goes on', () =>
    withFolder(async (folder) => {
      const stopped = spawn('sleep', ['1000']);
      const { pid = 0 } = stopped;
      const [startTicks = '', place] = await Promise.all([
        eventually(async () => {
          const ticks = await processLockTools.startTicksOf(pid);
          expect(ticks).toMatch(/^\d/);
          return ticks;
        }),
        processLockTools.place(),
      ]);
      const lock = { rollout: 'r1', pid, startTicks, sinceMs: 1, place, owner: 'x' };
      await writeFile(join(folder, first), JSON.stringify(lock));
      const refusal = async () => {
        const locked = await createFileLocks(folder).lock([resource], 'r2');
        return locked.ok ? 'granted' : `${locked.failure.what}; ${locked.failure.next}`;
      };
      const state = `process ${pid}, which is stopped) since`;
      stopped.kill('SIGSTOP');
      await eventually(async () => expect(await refusal()).toContain(state));
      expect(await refusal()).toContain(`let it go on with kill -CONT ${pid}; then wait`);
      expect(await createFileLocks(folder).holder(resource)).toMatchObject({ isStopped: true });
      stopped.kill('SIGCONT');
      await eventually(async () => expect(await refusal()).toContain(`process ${pid}) since`));
      stopped.kill('SIGKILL');
      await eventually(async () => expect(await refusal()).toBe('granted'));
    }));

  it('of the version before is held by its process, and free without it', () =>
    withFolder(async (folder) => {
      const world = createLockWorld(folder);
      const old = world.start(places.host);
      const startTicks = await old.tools.startTicksOf(old.pid);
      const lock = { rollout: 'r0', startTicks, pid: old.pid, sinceMs: 1, released: false };
      await writeFile(join(folder, first), JSON.stringify(lock));
      const locks = world.start(places.host).locks();
      expect(await world.until(locks.lock([resource], 'r1'))).toMatchObject({
        failure: { what: expect.stringContaining(`in rollout r0 (process ${old.pid})`) },
      });
      old.kill();
      expect(await world.until(locks.lock([resource], 'r1'))).toMatchObject({ ok: true });
    }));

  it('of the version before that was released is free', () =>
    withFolder(async (folder) => {
      const world = createLockWorld(folder);
      const lock = { rollout: 'r0', startTicks: '1', pid: 2, sinceMs: 1, released: true };
      await writeFile(join(folder, first), JSON.stringify(lock));
      const locks = world.start(places.host).locks();
      expect(await world.until(locks.lock([resource], 'r1'))).toMatchObject({ ok: true });
    }));

  it('in a file of another user which cannot be read is held, and the file stays', () =>
    withFolder(async (folder) => {
      const file = join(folder, first);
      await writeFile(file, '{"rollout":"r0"}');
      await chmod(file, 0o000);
      await chmod(folder, 0o777);
      const uid = process.getuid?.() ?? 0;
      expect(await asNobody(() => lookAtLock(file))).toEqual({ kind: 'unreadable', uid });
      const locked = await asNobody(() => createFileLocks(folder).lock([resource], 'r1'));
      expect(locked).toMatchObject({
        failure: {
          kind: 'conflict',
          what: expect.stringContaining(`by a file of user ${uid} which this user may not read`),
        },
      });
      expect(await readdir(folder)).toEqual([first]);
    }));

  it('sweeps up the drafts of the dead, and leaves those of others', () =>
    withFolder(async (folder) => {
      const world = createLockWorld(folder);
      const died = world.start(places.host);
      const draftOf = (place: object, name: string, ageMs: number) => {
        const lock = { rollout: 'x', pid: died.pid, startTicks: '9', sinceMs: 0, place };
        const atS = (world.nowMs() - ageMs) / 1_000;
        const file = join(folder, `draft-${name}`);
        return writeFile(file, JSON.stringify(lock)).then(() => utimes(file, atS, atS));
      };
      died.kill();
      await draftOf(places.host, 'dead', 0);
      await draftOf(places.container, 'bead', 1_000);
      await draftOf(places.container, 'c0de', 700_000);
      await writeFile(join(folder, 'draft-e0'), '');
      await utimes(join(folder, 'draft-e0'), 1, 1);
      await mkdir(join(folder, 'locks'));
      await world.until(world.start(places.host).locks().lock([resource], 'r1'));
      expect((await readdir(folder)).sort()).toEqual(['draft-bead', 'locks', first]);
    }));
});

/** Does something as a user who may not do everything: root becomes another one for it. */
async function asNobody<T>(work: () => Promise<T>): Promise<T> {
  if (process.getuid?.() !== 0) return work();
  process.seteuid?.(65_534);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
  }
}
