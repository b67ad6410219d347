import { chmod, chown, cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drain, drainJs, withFolder } from '../support/drain-command.ts';

const id = '20260102-030405678-1a2b';

/** Every command that reads a state, in words that find one where it is. */
const readers: readonly (readonly string[])[] = [
  ['status'],
  ['status', id],
  ['history'],
  ['report', id],
  ['pause', id],
  ['continue', id],
  ['resume', id],
  ['resume', '--all'],
  ['rollback', id],
  ['status', id, '--watch'],
];

/** Those that stay: the first rollout may come after them. */
const daemons: readonly (readonly string[])[] = [
  ['status', '--watch'],
  ['resume', '--all', '--follow'],
  ['serve', '--director', 'sim', '--listen', '127.0.0.1:0'],
];

const guardFile = 'services: [{service: tcp/10.0.0.100:80, check: tcp}]\n';

describe('a state folder that was named and is not there', () => {
  it.each([
    ['--state', ['--state', 'typo'], {}, '--state', readers],
    ['DRAIN_STATE', [], { DRAIN_STATE: 'typo' }, 'DRAIN_STATE', readers.slice(0, 1)],
    ['a file', ['--config', 'c.yaml'], {}, 'c.yaml:1:19, state', readers.slice(0, 1)],
  ])(
    'by %s is an error of every reader, and is not made',
    (_, options, env, where, all) =>
      withFolder(async (cwd) => {
        await writeFile(join(cwd, 'c.yaml'), 'defaults: {state: typo}\n');
        for (const args of all) {
          const run = await drain([...args, ...options], { cwd, env, limitMs: 20_000 });
          expect(run, args.join(' ')).toMatchObject({ exitCode: 2, stdout: '' });
          expect(run.stderr).toBe(
            [
              'drain: there is no state in typo: no such folder',
              `  where: ${where}`,
              `  next:  check the name; where it is right, and nothing was ever done there: mkdir -p -m 700 ${join(cwd, 'typo')}`,
            ].join('\n'),
          );
        }
        expect(await readdir(cwd)).toEqual(['c.yaml']);
      }),
    120_000,
  );

  it('is an error as well where it is a file', () =>
    withFolder(async (cwd) => {
      await writeFile(join(cwd, 'file'), '');
      for (const state of ['file', 'file/below']) {
        const run = await drain(['status', '--state', state], { cwd });
        expect(run).toMatchObject({ exitCode: 2, stdout: '' });
        expect(run.stderr).toContain(`there is no state in ${state}: it is no folder`);
      }
    }));
});

describe('a command that stays until something comes', () => {
  it.each(daemons.map((args) => [args.join(' '), args] as const))(
    '%s says that the folder is not there, and where',
    (_, args) =>
      withFolder(async (cwd) => {
        const child = execa(process.execPath, [drainJs, ...args, '--state', 'later'], {
          ...{ cwd, stdin: 'ignore', reject: false, all: true, env: { NO_COLOR: '1' } },
        });
        const said = await new Promise<string>((resolve) => {
          child.all.setEncoding('utf8').once('data', resolve);
        });
        expect(said).toContain('in later');
        child.kill('SIGTERM');
        expect(await child).not.toMatchObject({ exitCode: 2 });
      }),
  );
});

describe('the usual state folder that is not there', () => {
  it('is no error, and is named', () =>
    withFolder(async (cwd) => {
      const env = { XDG_STATE_HOME: cwd, HOME: cwd };
      const usual = process.getuid?.() === 0 ? '/var/lib/drain' : join(cwd, 'drain');
      const status = await drain(['status'], { cwd, env });
      expect(status).toMatchObject({ exitCode: 0, stderr: '' });
      expect(status.stdout).toContain(`no rollout is running or held in ${usual}`);
      const history = await drain(['history'], { cwd, env });
      expect(history.stdout).toMatch(/^no rollout yet in|^\d{8}-/);
    }));
});

describe('an empty state folder', () => {
  it('is named by whoever finds nothing in it', () =>
    withFolder(async (cwd) => {
      await mkdir(join(cwd, 'state'));
      const at = ['--state', 'state'];
      expect(await drain(['status', ...at], { cwd })).toMatchObject({
        exitCode: 0,
        stdout: 'no rollout is running or held in state',
      });
      expect((await drain(['history', ...at], { cwd })).stdout).toBe('no rollout yet in state');
      expect((await drain(['resume', '--all', ...at], { cwd })).stderr).toBe(
        'drain: no rollout was cut off in state',
      );
    }));
});

/** Only root can be another user. */
describe.runIf(process.getuid?.() === 0)('another user', () => {
  const stranger = 54_321;

  /** The built command where everybody may read it, wherever this tree is. */
  let program: string;
  beforeAll(async () => {
    program = await mkdtemp(join(tmpdir(), 'drain-for-all-'));
    for (const part of ['bin', 'dist']) {
      await cp(join(dirname(drainJs), '..', part), join(program, part), { recursive: true });
    }
    await chmod(program, 0o755);
  });
  afterAll(() => rm(program, { recursive: true, force: true }));

  const asStranger = (args: readonly string[], cwd: string) =>
    execa(process.execPath, [join(program, 'bin/drain.js'), ...args], {
      ...{ cwd, uid: stranger, gid: stranger, reject: false, timeout: 20_000 },
      env: { HOME: cwd, XDG_STATE_HOME: join(cwd, 'own'), NO_COLOR: '1' },
    });

  it(
    'is told that a state may not be read, by every reader and by the guard',
    () =>
      withFolder(async (cwd) => {
        await chown(cwd, stranger, stranger);
        await writeFile(join(cwd, 'guard.yaml'), guardFile);
        for (const unreadable of ['state', 'state/rollouts', 'state/locks']) {
          await mkdir(join(cwd, unreadable), { recursive: true, mode: 0o700 });
          await chmod(join(cwd, unreadable), 0o700);
          const all = [...readers, ['guard', join(cwd, 'guard.yaml')]];
          // Which folder it is makes no difference to who reads it.
          for (const args of unreadable === 'state' ? [...all, ...daemons] : [['status']]) {
            const run = await asStranger([...args, '--state', 'state'], cwd);
            expect(run, `${args.join(' ')}: ${run.stderr}`).toMatchObject({
              exitCode: 3,
              stdout: '',
            });
            expect(run.stderr).toContain(
              `drain: the state in ${unreadable} cannot be read: user ${stranger} may not read it\n  where: --state`,
            );
            expect(run.stderr).toContain('its owner: sudo drain status');
          }
          await chmod(join(cwd, unreadable), 0o755);
        }
      }),
    240_000,
  );

  it('without a state of their own is told where drain looked, and where root looks', () =>
    withFolder(async (cwd) => {
      await chown(cwd, stranger, stranger);
      const run = await asStranger(['status'], cwd);
      expect(run).toMatchObject({ exitCode: 0, stderr: '' });
      expect(run.stdout).toContain(
        `no rollout is running or held in ${join(cwd, 'own/drain')}, which is not there`,
      );
    }));
});
