import {
  chmod,
  mkdir,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { CommandWords } from '../../../src/domain/command-words.ts';
import { fail, ok } from '../../../src/domain/failure.ts';
import { createStandingShell } from '../../../src/ipvs/ssh/standing-shell.ts';
import { createFileStore } from '../../../src/store/folder/file-store.ts';
import { createFileLocks } from '../../../src/store/folder/locks/file-locks.ts';
import { parseLockFile } from '../../../src/store/folder/locks/lock-file.ts';
import { type LockTools, processLockTools } from '../../../src/store/folder/locks/lock-tools.ts';
import { machineIn, withTableLocks } from '../../../src/store/folder/locks/table-locks.ts';
import { lockPrelude } from '../../../src/store/remote/lock-script.ts';
import { type RemoteTable, remoteTable } from '../../../src/store/remote/remote-table.ts';
import { withFolder } from '../../support/drain-command.ts';

const service = 'tcp/10.0.0.100:80';
const namespace = 'net:[7]';
const file = encodeURIComponent(`${service} on ${namespace}`);

const away = (why: string) =>
  ({ kind: 'unreachable', what: `lb1 was lost: ${why}`, next: 'try again' }) as const;

/** A place with a time of its own, whose signs of life are given by hand. */
function placed(host: string, pid = 4711, startTicks = '1') {
  let passedMs = 0;
  let whileAsleep = async (): Promise<void> => {};
  const beats = new Set<() => void>();
  const tools: LockTools = {
    pid,
    user: 'anna',
    uid: process.getuid?.(),
    letGo: new Set(),
    place: async () => ({ host, machine: host, boot: `${host}-1`, pidNamespace: 'pid:[1]' }),
    startTicksOf: async (of) => (of === pid ? startTicks : undefined),
    timing: {
      nowMs: () => processLockTools.timing.nowMs() + passedMs,
      wallMs: () => Date.now() + passedMs,
      sleep: async (ms) => {
        passedMs += ms;
        await whileAsleep();
      },
      every(_, work) {
        beats.add(work);
        return () => beats.delete(work);
      },
    },
  };
  return {
    tools,
    pass: (ms: number) => {
      passedMs += ms;
    },
    /** Somebody gives signs of life in a lock file while this one watches it. */
    sees: (lockFile: string) => {
      whileAsleep = () => utimes(lockFile, new Date(), Date.now() / 1_000 + passedMs / 1_000);
    },
    beat: () => {
      for (const work of beats) work();
    },
  };
}

interface Coming {
  readonly host: string;
  readonly raise?: readonly string[];
  readonly run?: string;
  readonly shell?: CommandWords;
  readonly boot?: string;
  readonly startTicks?: string;
}

/** Whoever comes from a workstation, by a connection that is a shell of this machine. */
function comingTo(
  folder: string,
  { host, raise = [], run = 'run', shell = ['sh'], boot, startTicks }: Coming,
) {
  const place = placed(host, 4711, startTicks);
  const told: string[] = [];
  let isCut = false;
  let pids: readonly number[] = [];
  const standing = createStandingShell({
    start: async () => (isCut ? fail(away('no route')) : ok(shell)),
    prelude: lockPrelude({
      folder: join(folder, run),
      raise,
      namespace: `echo '${namespace}'`,
      boot: boot && `echo ${boot}`,
    }),
    lost: away,
  });
  const table: RemoteTable = remoteTable({
    shell: standing,
    table: 'ssh://lb1',
    words: 'ipvsadm',
    machine: 'lb1',
    folder: join(folder, run),
    state: `/home/${host}`,
    tell: (text) => told.push(text),
    tools: place.tools,
  });
  return {
    ...place,
    table,
    told,
    /** The connection ends, and there is no other one for as long as it is cut. */
    async cut() {
      const { output } = orThrow(await standing.ask('echo $$'));
      pids = [Number(output)];
      isCut = true;
      for (const pid of pids) process.kill(pid, 'SIGKILL');
      while ((await standing.ask(':', { mayStart: false })).ok);
    },
    mend() {
      isCut = false;
    },
  };
}

const orThrow = <T>(result: { ok: true; value: T } | { ok: false; failure: { what: string } }) => {
  if (!result.ok) throw new Error(result.failure.what);
  return result.value;
};

const granted = async (table: RemoteTable, rollout: string) => {
  const lock = orThrow(await table.lock([service], rollout));
  if (!lock) throw new Error('no lock is kept');
  return lock;
};

/** A drain on the director itself. */
function onDirector(folder: string) {
  const place = placed('lb1', 17);
  const locks = createFileLocks(join(folder, 'run'), { tools: place.tools, isShared: true });
  return {
    ...place,
    lock: (rollout: string) => locks.lock([`${service} on ${namespace}`], rollout),
  };
}

const holds = async (look: () => Promise<boolean>): Promise<void> => {
  while (!(await look())) await new Promise((resolve) => setTimeout(resolve, 5));
};

describe.each([[['sh']], [['bash', '--posix']]])('a table of another machine, by %s', (shell) => {
  const words = shell as unknown as CommandWords;

  it('is locked there as a drain there does it, and excludes that drain, and is excluded by it', () =>
    withFolder(async (folder) => {
      const ws1 = comingTo(folder, { host: 'ws1', shell: words });
      const lock = await granted(ws1.table, 'r1');
      const run = join(folder, 'run');
      expect((await stat(run)).mode & 0o7777).toBe(0o1777);
      expect((await stat(join(run, `${file}.1`))).mode & 0o777).toBe(0o644);
      expect(parseLockFile(await readFile(join(run, `${file}.1`), 'utf8'))).toMatchObject({
        ...{ rollout: 'r1', pid: 4711, startTicks: '1', user: 'anna', state: '/home/ws1' },
        place: { host: 'ws1', machine: 'ws1', boot: 'ws1-1', pidNamespace: 'pid:[1]' },
      });
      const local = onDirector(folder);
      const holder = (rollout: string, who: string) => ({
        failure: {
          kind: 'conflict',
          what: expect.stringContaining(`in rollout ${rollout} ${who}`),
        },
      });
      local.sees(join(run, `${file}.1`));
      expect(await local.lock('r2')).toMatchObject(
        holder('r1', '(process 4711 on ws1 with the state in /home/ws1) since'),
      );
      expect(lock.lockedForMs?.()).toBeGreaterThan(7_000);
      await lock.release();
      expect(await readdir(run)).toEqual([`${file}.1`]);
      expect((await stat(join(run, `${file}.1`))).size).toBe(0);
      const own = orThrow(await local.lock('r2'));
      ws1.sees(join(run, `${file}.2`));
      const refused = await ws1.table.lock([service], 'r3');
      expect(refused).toMatchObject(holder('r2', '(process 17 on lb1) since'));
      expect(refused).toMatchObject({
        failure: { what: expect.stringMatching(/^tcp\S+ on ssh:\/\/lb1 is in rollout r2/) },
      });
      await own.release();
      expect(await ws1.table.holder(service)).toBeUndefined();
      await (await granted(ws1.table, 'r3')).release();
    }));
});

describe('a table of another machine', () => {
  it('is locked by one of two workstations, for as long as that one gives signs of life', () =>
    withFolder(async (folder) => {
      const [ws1, ws2] = [comingTo(folder, { host: 'ws1' }), comingTo(folder, { host: 'ws2' })];
      const lock = await granted(ws1.table, 'r1');
      const lockFile = join(folder, 'run', `${file}.1`);
      ws2.sees(lockFile);
      expect(await ws2.table.lock([service], 'r2')).toMatchObject({
        failure: { kind: 'conflict' },
      });
      await utimes(lockFile, 1, 1);
      ws1.beat();
      await holds(async () => (await stat(lockFile)).mtimeMs > 1_000);
      expect(await ws2.table.holder(service)).toMatchObject({ rollout: 'r1', host: 'ws1' });
      await lock.release();
      await granted(ws2.table, 'r2');
    }));

  it('is free at once for the workstation that knows its process to be dead', () =>
    withFolder(async (folder) => {
      await granted(comingTo(folder, { host: 'ws1' }).table, 'r1');
      // The process of that number is another one by now.
      const again = comingTo(folder, { host: 'ws1', startTicks: '2' });
      const before = again.tools.timing.nowMs();
      await granted(again.table, 'r1');
      expect(again.tools.timing.nowMs() - before).toBeLessThan(5_000);
    }));

  it('whose connection is cut is locked until the signs of life are old, and again when it is back', () =>
    withFolder(async (folder) => {
      const ws1 = comingTo(folder, { host: 'ws1' });
      const lock = await granted(ws1.table, 'r1');
      await ws1.cut();
      ws1.pass(9_000);
      expect(lock.lockedForMs?.()).toBe(0);
      expect(await lock.lost?.()).toBeUndefined();
      ws1.mend();
      ws1.beat();
      await holds(async () => (lock.lockedForMs?.() ?? 0) > 7_000);
      await lock.release();
      expect(orThrow(await onDirector(folder).lock('r2'))).toBeDefined();
    }));

  it('that another has taken meanwhile is lost for good, and says to whom', () =>
    withFolder(async (folder) => {
      const ws1 = comingTo(folder, { host: 'ws1' });
      const lock = await granted(ws1.table, 'r1');
      await ws1.cut();
      const local = onDirector(folder);
      const taken = orThrow(await local.lock('r2'));
      ws1.pass(12_000);
      ws1.mend();
      ws1.beat();
      await holds(async () => (await lock.lost?.()) !== undefined);
      expect(await lock.lost?.()).toMatchObject({
        kind: 'conflict',
        what: 'this process lost its lock on tcp/10.0.0.100:80 on ssh://lb1, and rollout r2 (process 17 on lb1) has taken it since',
      });
      expect(lock.lockedForMs?.()).toBe(0);
      await lock.release();
      await taken.release();
    }));

  it('that is away is locked when it is back, and not edited before', () =>
    withFolder(async (folder) => {
      const ws1 = comingTo(folder, { host: 'ws1' });
      await ws1.cut();
      const lock = await granted(ws1.table, 'r1');
      expect(lock.lockedForMs?.()).toBe(0);
      ws1.mend();
      ws1.beat();
      await holds(async () => (lock.lockedForMs?.() ?? 0) > 0);
      await lock.release();

      await ws1.cut();
      const late = await granted(ws1.table, 'r3');
      orThrow(await onDirector(folder).lock('r2'));
      ws1.sees(join(folder, 'run', `${file}.2`));
      ws1.mend();
      ws1.beat();
      await holds(async () => (await late.lost?.()) !== undefined);
      expect(await late.lost?.()).toMatchObject({
        kind: 'conflict',
        what: expect.stringContaining('is in rollout r2 (process 17 on lb1)'),
      });
    }));

  it('is not asked for one moment where it is away', () =>
    withFolder(async (folder) => {
      const ws1 = comingTo(folder, { host: 'ws1' });
      await ws1.cut();
      expect(await ws1.table.lock([service], 'guard', { momentary: true })).toMatchObject({
        failure: { kind: 'unreachable' },
      });
    }));

  it('where the folder is not there and cannot be made is said once to have no lock', () =>
    withFolder(async (folder) => {
      const ws1 = comingTo(folder, { host: 'ws1', run: 'none/run' });
      for (const rollout of ['r1', 'r2']) {
        expect(await ws1.table.lock([service], rollout)).toEqual({ ok: true, value: undefined });
      }
      const run = join(folder, 'none/run');
      expect(ws1.told).toEqual([
        `ssh://lb1 is locked with the state in /home/ws1 alone, for lb1:${run} is not there: who has another state is not kept from it; as root there: install -d -m 1777 ${run}`,
      ]);
    }));

  it('has the folder made by the words that make ipvsadm root', () =>
    withFolder(async (folder) => {
      const sudo = join(folder, 'sudo');
      await writeFile(sudo, `#!/bin/sh\nshift\nmkdir -p ${folder}/none\nexec "$@"\n`);
      await chmod(sudo, 0o755);
      const ws1 = comingTo(folder, { host: 'ws1', run: 'none/run', raise: [sudo, '-n'] });
      await granted(ws1.table, 'r1');
      expect(ws1.told).toEqual([]);
      expect((await stat(join(folder, 'none/run'))).mode & 0o7777).toBe(0o1777);
    }));

  it('is refused where others may remove what is in the folder', () =>
    withFolder(async (folder) => {
      await mkdir(join(folder, 'run'));
      await chmod(join(folder, 'run'), 0o777);
      expect(await comingTo(folder, { host: 'ws1' }).table.lock([service], 'r1')).toMatchObject({
        failure: { kind: 'preflight', what: expect.stringContaining('others may remove files') },
      });
    }));

  it('is another one behind words that lead to another kernel', () =>
    withFolder(async (folder) => {
      const boot = '6e4a1c1e-0000-4000-8000-000000000000';
      const further = comingTo(folder, { host: 'ws1', boot });
      await granted(further.table, 'r1');
      await granted(comingTo(folder, { host: 'ws2' }).table, 'r2');
      const names = await readdir(join(folder, 'run'));
      expect(names).toContain(
        `${encodeURIComponent(`${service} on ${namespace} of boot ${boot}`)}.1`,
      );
    }));

  it('is locked among files of others, whatever they are called, and past no link', () =>
    withFolder(async (folder) => {
      const run = join(folder, 'run');
      await mkdir(run, { mode: 0o700 });
      for (const name of ["it's", 'a b', '-n', '*', 'line\nbreak', `${file}.x`, `$(touch pwned)`]) {
        await writeFile(join(run, name), 'x');
      }
      const ws1 = comingTo(folder, { host: 'ws1' });
      const lock = await granted(ws1.table, "it's $(touch pwned)");
      await lock.release();
      expect(await readdir(run)).not.toContain('pwned');
      await rm(join(run, `${file}.1`));
      await writeFile(join(folder, 'secret'), 'x');
      await symlink(join(folder, 'secret'), join(run, `${file}.5`));
      expect(await ws1.table.lock([service], 'r1')).toMatchObject({
        failure: {
          kind: 'conflict',
          what: expect.stringContaining('by a file of user'),
        },
      });
      await rm(join(run, `${file}.5`));
      await mkdir(join(run, `${file}.6`));
      expect(await ws1.table.lock([service], 'r1')).toMatchObject({
        failure: { kind: 'conflict' },
      });
    }));

  it('whose folder was removed is no longer locked, and nobody else is said to have it', () =>
    withFolder(async (folder) => {
      const ws1 = comingTo(folder, { host: 'ws1' });
      const lock = await granted(ws1.table, 'r1');
      await rm(join(folder, 'run'), { recursive: true });
      ws1.beat();
      await holds(async () => (await lock.lost?.()) !== undefined);
      expect(await lock.lost?.()).toMatchObject({
        kind: 'preflight',
        what: expect.stringContaining('it has been removed'),
      });
    }));
});

describe('a store with a table of another machine', () => {
  it('goes on with the others while that one is away, and writes no more once it is lost', () =>
    withFolder(async (folder) => {
      const ws1 = comingTo(folder, { host: 'ws1' });
      const access = [{ director: 'lb1', where: 'ssh://lb1', ipvsadm: 'ipvsadm' }];
      const store = withTableLocks(createFileStore(join(folder, 'state')), {
        machine: machineIn(join(folder, 'here'), join(folder, 'state')),
        namespaceOf: async () => 'net:[8]',
        remote: {
          of: async (table, ways) =>
            table === 'ssh://lb1' && ways.length > 0 ? ws1.table : undefined,
          known: () => undefined,
        },
      });
      const resources = [`${service} on ssh://lb1`, `${service} on ipvsadm`];
      const lock = orThrow(await store.lock(resources, 'r1', { access }));
      expect(await readdir(join(folder, 'here'))).toEqual([
        `${encodeURIComponent(`${service} on net:[8]`)}.1`,
      ]);
      expect(await readdir(join(folder, 'run'))).toContain(`${file}.1`);
      const journal = orThrow(await store.create('r1'));
      await ws1.cut();
      ws1.pass(9_000);
      expect(lock.lockedForMs?.('ssh://lb1')).toBe(0);
      expect(lock.lockedForMs?.('ipvsadm')).toBeGreaterThan(5_000);
      orThrow(await onDirector(folder).lock('r2'));
      ws1.mend();
      ws1.beat();
      await holds(async () => (await lock.lost?.()) !== undefined);
      expect(await journal.append()).toMatchObject({
        failure: {
          kind: 'conflict',
          what: expect.stringContaining('rollout r2 (process 17 on lb1)'),
        },
      });
      await journal.close();
      await lock.release();
    }));
});
