import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { drain, withFolder } from '../support/drain-command.ts';
import { quietDirector } from '../support/quiet-director.ts';

const heldRollout = async (cwd: string): Promise<string> => {
  const handOver = [
    '--director',
    quietDirector,
    '--from',
    '10.0.0.1',
    '--to',
    '10.0.0.2',
    '--over',
    '0s',
  ];
  const gate = ['--gate-command', 'false', '--on-failure', 'hold', '--state', 'state'];
  const run = await drain([...handOver, ...gate, '--output', 'json'], { cwd });
  expect(run.exitCode).toBe(5);
  return run.events()[0]?.rollout ?? '';
};

const broken = 'names: [this is no map\n';
const told = 'drain: going on without the config file: drain.yaml is no YAML';

describe('a broken ./drain.yaml', () => {
  it('stops none of the commands on a journal, which say that they leave it out', () =>
    withFolder(async (cwd) => {
      const env = { XDG_STATE_HOME: cwd, DRAIN_STATE: join(cwd, 'state') };
      const rollout = await heldRollout(cwd);
      await writeFile(join(cwd, 'drain.yaml'), broken);
      for (const args of [['status'], ['status', rollout], ['history'], ['report', rollout]]) {
        const run = await drain(args, { cwd, env });
        expect(run).toMatchObject({ exitCode: 0 });
        expect(run.stdout).toContain(rollout);
        expect(run.stderr).toContain(told);
      }
      for (const command of ['pause', 'continue']) {
        const run = await drain([command, rollout], { cwd, env });
        expect(run.stderr).toContain(told);
        expect(run.stderr).toContain(`rollout ${rollout} is not running`);
      }
      const all = await drain(['resume', '--all'], { cwd, env });
      expect(all.stderr).toContain(`no rollout was cut off in ${join(cwd, 'state')}`);
      // Named or not: what is asked for is in the journal.
      for (const options of [[], ['--config', 'drain.yaml']]) {
        const back = await drain(['rollback', rollout, ...options], { cwd, env });
        expect(back.stderr).toContain(told);
        expect(`${back.stdout}${back.stderr}`).toMatch(/rolled back/);
      }
    }));

  it.each([
    ['that others may write', '{}\n', 0o666, 'drain.yaml is not obeyed'],
    ['with a value that is none', 'defaults: {output: loud}\n', 0o644, '"loud"'],
  ])('or one %s neither', (_, text, mode, why) =>
    withFolder(async (cwd) => {
      const rollout = await heldRollout(cwd);
      await writeFile(join(cwd, 'drain.yaml'), text);
      await chmod(join(cwd, 'drain.yaml'), mode);
      const run = await drain(['status', rollout, '--state', 'state'], { cwd });
      expect(run).toMatchObject({ exitCode: 0 });
      expect(run.stdout).toContain(rollout);
      expect(run.stderr).toContain('going on without the config file');
      expect(run.stderr).toContain(why);
    }),
  );
});

describe('a broken config file that was named', () => {
  it('stops a list, which might be that of another state, unless the state is given', () =>
    withFolder(async (cwd) => {
      const rollout = await heldRollout(cwd);
      await writeFile(join(cwd, 'named.yaml'), broken);
      for (const args of [['status'], ['history'], ['resume', '--all'], ['status', '--watch']]) {
        const run = await drain([...args, '--config', 'named.yaml'], { cwd });
        expect(run).toMatchObject({ exitCode: 2, stdout: '' });
        expect(run.stderr).toContain('or say where the state is: --state');
      }
      const given = ['status', '--config', 'named.yaml', '--state', 'state'];
      expect((await drain(given, { cwd })).stdout).toContain(rollout);
    }));

  it('is not what refuses an option that is wrong itself', () =>
    withFolder(async (cwd) => {
      await writeFile(join(cwd, 'drain.yaml'), broken);
      const run = await drain(['status', '--output', 'loud'], { cwd });
      expect(run.exitCode).toBe(2);
      expect(run.stderr).toContain('loud');
      expect(run.stderr).not.toContain('going on without');
    }));
});
