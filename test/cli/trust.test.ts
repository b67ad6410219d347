import { chmod, chown, mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { drain, withFolder } from '../support/drain-command.ts';
import { quietDirector } from '../support/quiet-director.ts';

/** A number of nobody here. Only root can give a file away, so only root tests what belongs to others. */
const stranger = 54_321;
const describeAsRoot = describe.runIf(process.getuid?.() === 0);

const from = ['--from', '10.0.0.1', '--to', '10.0.0.2', '--over', '0s', '--every', '1s'];
const handOver = [...from, '--director', quietDirector];
const dryRun = [...handOver, '--dry-run'];

/** A config whose `ipvsadm` leaves a file behind where it is run. */
const evil = (folder: string): string =>
  `defaults: {director: local, ipvsadm: ${join(folder, 'evil')}}\n`;

async function evilFolder(folder: string): Promise<void> {
  await writeFile(join(folder, 'evil'), '#!/bin/sh\ntouch "$(dirname "$0")/ran"\nexit 1\n');
  await chmod(join(folder, 'evil'), 0o755);
  await writeFile(join(folder, 'drain.yaml'), evil(folder));
}

describe('a ./drain.yaml', () => {
  it.each([
    ['that everybody may write', 0o666, 0o755],
    ['in a folder that everybody may write', 0o644, 0o777],
    ['in a folder that a group may write', 0o644, 0o775],
  ])('%s is not obeyed, and nothing of it is run', (_, fileMode, folderMode) =>
    withFolder(async (cwd) => {
      await evilFolder(cwd);
      if (process.getuid?.() === 0) await chown(cwd, 0, stranger);
      await chmod(join(cwd, 'drain.yaml'), fileMode);
      await chmod(cwd, folderMode);
      for (const args of [from, ['out', '10.0.0.1'], ['doctor'], ['serve'], ['plan', ...from]]) {
        const run = await drain(args, { cwd });
        expect(run).toMatchObject({ exitCode: 3, stdout: '' });
        expect(run.stderr).toMatch(/^ {2}next: {2}if you trust it as it is: chmod go-w \//m);
      }
      expect(await readdir(cwd)).not.toContain('ran');
      const mend = fileMode === 0o666 ? join(cwd, 'drain.yaml') : cwd;
      expect((await drain(from, { cwd })).stderr).toContain(`chmod go-w ${mend};`);
      expect(await drain([...dryRun, '--config', '/dev/null'], { cwd })).toMatchObject({
        exitCode: 0,
      });
    }),
  );

  it('of this user in a sticky folder is obeyed', () =>
    withFolder(async (cwd) => {
      await writeFile(join(cwd, 'drain.yaml'), 'names: {blue: 10.0.0.1}\n');
      await chmod(cwd, 0o1777);
      const run = await drain([...dryRun, '--from', 'blue'], { cwd });
      expect(run.exitCode, run.stderr).toBe(0);
    }));
});

describe('a file that is named', () => {
  it.each([
    ['--config', (file: string) => [...dryRun, '--config', file]],
    ['apply', (file: string) => ['apply', file, '--dry-run', '--director', quietDirector]],
    ['guard', (file: string) => ['guard', file, '--ipvsadm', 'true']],
  ])('is not obeyed by %s where everybody may write it', (_, argsOf) =>
    withFolder(async (folder) => {
      const file = join(folder, 'file.yaml');
      await writeFile(file, '{}\n');
      await chmod(file, 0o666);
      const run = await drain(argsOf(file), { cwd: folder });
      expect(run.exitCode).toBe(3);
      expect(run.stderr).toContain(`if you trust it as it is: chmod go-w ${file}`);
    }),
  );
});

describeAsRoot('by root a file of others', () => {
  it.each([
    ['./drain.yaml', [], 'chown 0'],
    ['--config', ['--config', 'drain.yaml'], 'chown 0'],
  ])('%s is not obeyed', (_, options, mend) =>
    withFolder(async (cwd) => {
      await evilFolder(cwd);
      await chown(join(cwd, 'drain.yaml'), stranger, stranger);
      const run = await drain([...from, ...options], { cwd });
      expect(run).toMatchObject({ exitCode: 3, stdout: '' });
      expect(run.stderr).toContain(`${mend} ${join(cwd, 'drain.yaml')}`);
      expect(await readdir(cwd)).not.toContain('ran');
    }),
  );

  it('is obeyed where the user who called sudo named it, and not where it was only found', () =>
    withFolder(async (cwd) => {
      const env = { SUDO_UID: `${stranger}` };
      await writeFile(join(cwd, 'drain.yaml'), 'names: {blue: 10.0.0.1}\n');
      for (const path of [join(cwd, 'drain.yaml'), cwd]) await chown(path, stranger, stranger);
      const named = [...dryRun, '--from', 'blue', '--config', 'drain.yaml'];
      expect(await drain(named, { cwd, env })).toMatchObject({ exitCode: 0 });
      const found = await drain(dryRun, { cwd, env });
      expect(found.exitCode).toBe(3);
      expect(found.stderr).toContain('name it, where it is yours: --config drain.yaml');
    }));

  it('behind a link of others is not obeyed', () =>
    withFolder(async (cwd) => {
      await mkdir(join(cwd, 'real'));
      await writeFile(join(cwd, 'real/drain.yaml'), '{}\n');
      await symlink('real/drain.yaml', join(cwd, 'drain.yaml'));
      expect(await drain(dryRun, { cwd })).toMatchObject({ exitCode: 0 });
      await chmod(join(cwd, 'real'), 0o777);
      expect((await drain(dryRun, { cwd })).exitCode).toBe(3);
    }));

  it('that is a compiled plan is not carried out', () =>
    withFolder(async (cwd) => {
      await drain(['plan', ...handOver, '-o', 'plan.json'], { cwd });
      expect(await drain(['apply', 'plan.json'], { cwd })).toMatchObject({ exitCode: 0 });
      await chown(join(cwd, 'plan.json'), stranger, stranger);
      expect(await drain(['apply', 'plan.json'], { cwd })).toMatchObject({
        exitCode: 3,
        stdout: '',
      });
    }));
});

describe('a state folder', () => {
  const held = async (cwd: string): Promise<string> => {
    const args = [
      ...handOver,
      '--state',
      'state',
      '--gate-command',
      'false',
      '--on-failure',
      'hold',
    ];
    const run = await drain([...args, '--output', 'json'], { cwd });
    expect(run.exitCode).toBe(5);
    return run.events()[0]?.rollout ?? '';
  };

  it.each(['.', 'rollouts', 'locks'])(
    'with a %s that everybody may write is read, and not obeyed',
    (part) =>
      withFolder(async (cwd) => {
        const rollout = await held(cwd);
        await chmod(join(cwd, 'state', part), 0o777);
        for (const args of [
          ['resume', rollout],
          ['rollback', rollout],
          ['out', '10.0.0.1', '--director', quietDirector],
          handOver,
        ]) {
          const run = await drain([...args, '--state', 'state'], { cwd });
          expect(run.exitCode, run.stderr).toBe(3);
          expect(run.stderr).toContain(`chmod -R go-w ${join(cwd, 'state')}`);
        }
        for (const args of [['status'], ['history'], ['report', rollout, '-o', '-']]) {
          expect(await drain([...args, '--state', 'state'], { cwd })).toMatchObject({
            exitCode: 0,
          });
        }
        await chmod(join(cwd, 'state', part), 0o700);
        expect((await drain(['rollback', rollout, '--state', 'state'], { cwd })).exitCode).not.toBe(
          3,
        );
      }),
  );

  it.runIf(process.getuid?.() === 0)('with a journal of others in it is not obeyed by root', () =>
    withFolder(async (cwd) => {
      const rollout = await held(cwd);
      await chown(join(cwd, 'state/rollouts', `${rollout}.jsonl`), stranger, stranger);
      const run = await drain(['rollback', rollout, '--state', 'state'], { cwd });
      expect(run.exitCode).toBe(3);
      expect(run.stderr).toContain(`chown -R 0 ${join(cwd, 'state')}`);
      const env = { SUDO_UID: `${stranger}` };
      const own = await drain(['rollback', rollout, '--state', 'state'], { cwd, env });
      expect(own.exitCode).not.toBe(3);
    }),
  );
});
