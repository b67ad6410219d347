import { chmod, mkdir, readdir, stat, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { adviceText } from '../../../src/domain/rollout/rollout-status.ts';
import { createFileStore } from '../../../src/store/folder/file-store.ts';
import { sharedFolder } from '../../../src/store/folder/locks/shared-folder.ts';
import { machineIn, withTableLocks } from '../../../src/store/folder/locks/table-locks.ts';
import { withFolder } from '../../support/drain-command.ts';

const service = 'tcp/10.0.0.100:80';

/** A store in a state folder; `namespaces` are behind the names of tables. */
const storeIn = (folder: string, name: string, namespaces: Readonly<Record<string, string>> = {}) =>
  withTableLocks(createFileStore(join(folder, name)), {
    machine: machineIn(join(folder, 'run'), join(folder, name)),
    namespaceOf: async (table) => namespaces[table],
  });

describe('a table', () => {
  it('is locked for all state folders, and the refusal tells where the other one is', () =>
    withFolder(async (folder) => {
      const [a, b] = [storeIn(folder, 'a'), storeIn(folder, 'b')];
      const held = await a.lock([`${service} on ipvsadm`], 'r1');
      if (!held.ok) throw new Error(held.failure.what);
      expect(await b.holder(`${service} on ipvsadm`)).toMatchObject({ rollout: 'r1' });
      const refused = await b.lock([`${service} on ipvsadm`], 'r2');
      if (refused.ok) throw new Error('it was granted');
      expect(refused.failure.kind).toBe('conflict');
      expect(refused.failure.what).toMatch(
        new RegExp(
          `in rollout r1 \\(process ${process.pid} with the state in ${folder}/a\\) since`,
        ),
      );
      expect(adviceText(refused.failure.next ?? '')).toContain(
        `drain rollback r1 --state ${folder}/a`,
      );
      await held.value.release();
      expect(await b.lock([`${service} on ipvsadm`], 'r2')).toMatchObject({ ok: true });
    }));

  it('is one by its network namespace, whatever words lead there', () =>
    withFolder(async (folder) => {
      const here = storeIn(folder, 'a', { ipvsadm: 'net:[7]' });
      const there = storeIn(folder, 'b', { 'ip netns exec lb ipvsadm': 'net:[7]' });
      const other = storeIn(folder, 'c', { ipvsadm: 'net:[8]' });
      expect(await here.lock([`${service} on ipvsadm`], 'r1')).toMatchObject({ ok: true });
      expect(await there.lock([`${service} on ip netns exec lb ipvsadm`], 'r2')).toMatchObject({
        failure: { kind: 'conflict' },
      });
      expect(await other.lock([`${service} on ipvsadm`], 'r3')).toMatchObject({ ok: true });
    }));

  it('behind ssh or simulated is not of this machine', () =>
    withFolder(async (folder) => {
      const resources = [`${service} on ssh://lb1 sudo ipvsadm`, `${service} on sim:x.yaml`];
      for (const name of ['a', 'b']) {
        expect(await storeIn(folder, name).lock(resources, name)).toMatchObject({ ok: true });
      }
      expect(await readdir(folder)).not.toContain('run');
    }));

  it('leaves no lock of its own behind when it is refused', () =>
    withFolder(async (folder) => {
      const [a, b] = [storeIn(folder, 'a'), storeIn(folder, 'b')];
      await a.lock([`${service} on ipvsadm`], 'r1');
      await b.lock([`${service} on ipvsadm`, 'fwm/7 on ipvsadm'], 'r2');
      const own = createFileStore(join(folder, 'b'));
      expect(await own.holder('fwm/7 on ipvsadm')).toBeUndefined();
      expect(await a.lock(['fwm/7 on ipvsadm'], 'r3')).toMatchObject({ ok: true });
    }));
});

describe('the folder for all users', () => {
  it('is made so that nobody may touch the files of another', () =>
    withFolder(async (folder) => {
      const run = join(folder, 'run');
      expect(await sharedFolder(run)).toEqual({ ok: true, value: 'there' });
      expect((await stat(run)).mode & 0o7777).toBe(0o1777);
      await storeIn(folder, 'a').lock([`${service} on ipvsadm`], 'r1');
      const [file = ''] = await readdir(run);
      expect((await stat(join(run, file))).mode & 0o777).toBe(0o644);
    }));

  it.each([
    ['others may remove its files', (run: string) => mkdir(run).then(() => chmod(run, 0o777))],
    ['it is a link', (run: string) => symlink('/tmp', run)],
  ])('is refused where %s', (_, make) =>
    withFolder(async (folder) => {
      const run = join(folder, 'run');
      await make(run);
      expect(await sharedFolder(run)).toMatchObject({ failure: { kind: 'preflight' } });
    }),
  );

  it('is refused where it belongs to another user', () =>
    withFolder(async (folder) => {
      const run = join(folder, 'run');
      await mkdir(run);
      const { uid } = await stat(run);
      const seen = await sharedFolder(run, uid + 1);
      // The files of root are everybody's to believe.
      expect(seen.ok).toBe(uid === 0);
    }));

  it('is done without where it cannot be made', () =>
    withFolder(async (folder) => {
      expect(await sharedFolder(join(folder, 'none', 'run'))).toEqual({
        ok: true,
        value: 'absent',
      });
    }));
});
