import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { drain, withFolder } from '../support/drain-command.ts';
import { quietDirector } from '../support/quiet-director.ts';

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

/** A folder with the state of one rollout in `state`. */
const withRollout = (use: (folder: string, rollout: string) => Promise<void>) =>
  withFolder(async (folder) => {
    const run = await drain(['--state', 'state', ...handOver, '--output', 'json'], { cwd: folder });
    expect(run).toMatchObject({ exitCode: 0, stderr: '' });
    await use(folder, run.events()[0]?.rollout ?? '');
  });

describe('options before the name of a command', () => {
  it('say where a rollout is looked for, as those behind it do', () =>
    withRollout(async (cwd, rollout) => {
      for (const args of [
        ['--state', 'state', 'status', rollout],
        ['status', '--state', 'state', rollout],
        ['--state=state', 'history'],
      ]) {
        expect((await drain(args, { cwd })).stdout).toContain(rollout);
      }
      const elsewhere = await drain(['--state', 'other', 'status', rollout], { cwd });
      expect(elsewhere.exitCode).toBe(2);
      expect(elsewhere.stderr).toContain('there is no state in other: no such folder');
    }));

  it('make a plan file a dry run', () =>
    withFolder(async (cwd) => {
      await writeFile(
        join(cwd, 'plan.yaml'),
        `from: 10.0.0.1\nto: 10.0.0.2\nover: 0s\ndirector: ${quietDirector}\nstate: state\n`,
      );
      const run = await drain(['--dry-run', 'apply', 'plan.yaml', '--output', 'json'], { cwd });
      expect(run.events().at(-1)).toMatchObject({
        type: 'finished',
        message: expect.stringContaining('dry run'),
      });
      expect(await readdir(cwd)).toEqual(['plan.yaml']);
    }));

  it('leave the command of drain around where it is', () =>
    withFolder(async (cwd) => {
      const args = [
        '--state',
        'state',
        '--director',
        quietDirector,
        'around',
        '10.0.0.1',
        '--over',
        '0s',
      ];
      const run = await drain([...args, '--output', 'json', '--', 'echo', '--over', 'status'], {
        cwd,
      });
      expect(run).toMatchObject({ exitCode: 0, stderr: '--over status' });
      expect(await readdir(cwd)).toEqual(['state']);
    }));

  it('that the command does not know are refused, and nothing is done', () =>
    withFolder(async (cwd) => {
      await writeFile(join(cwd, 'plan.yaml'), 'from: 10.0.0.1\nto: 10.0.0.2\ndirector: sim\n');
      for (const option of ['--watch', '--dryrun', '--start', '--token-file=x']) {
        for (const args of [
          [option, 'apply', 'plan.yaml'],
          ['apply', 'plan.yaml', option],
        ]) {
          const run = await drain(['--state', 'state', ...args], { cwd });
          expect(run).toMatchObject({ exitCode: 2, stdout: '' });
          expect(run.stderr).toContain('drain: unknown option');
        }
      }
      expect(await readdir(cwd)).toEqual(['plan.yaml']);
    }));
});

describe('DRAIN_STATE, DRAIN_CONFIG and DRAIN_OUTPUT', () => {
  it('stand for the options, which win over them, as they win over the config file', () =>
    withRollout(async (cwd, rollout) => {
      await writeFile(join(cwd, 'c.yaml'), 'defaults: { state: other, output: json }\n');
      const shown = async (args: readonly string[], env: Record<string, string>) =>
        (await drain(args, { cwd, env: { DRAIN_CONFIG: 'c.yaml', ...env } })).stdout;
      const [asJson, asText] = [`{"rollout":"${rollout}"`, `${rollout}  done`];
      const elsewhere = await drain(['history'], { cwd, env: { DRAIN_CONFIG: 'c.yaml' } });
      expect(elsewhere).toMatchObject({ exitCode: 2, stdout: '' });
      expect(elsewhere.stderr).toContain('where: c.yaml:1:20, state');
      expect(await shown(['history'], { DRAIN_STATE: 'state' })).toContain(asJson);
      const plain = { DRAIN_STATE: 'state', DRAIN_OUTPUT: 'plain' };
      expect(await shown(['history'], plain)).toContain(asText);
      expect(await shown(['history', '--output', 'json'], plain)).toContain(asJson);
      await mkdir(join(cwd, 'other'));
      expect(await shown(['--state', 'other', 'history'], plain)).toBe('no rollout yet in other');
      expect(await shown(['history'], { ...plain, DRAIN_CONFIG: '' })).toContain(asText);
    }));

  it('are named by what is wrong with them', async () => {
    const refusedFor = async (env: Record<string, string>) => {
      const run = await drain(['status'], { env });
      expect(run).toMatchObject({ exitCode: 2, stdout: '' });
      return run.stderr;
    };
    expect(await refusedFor({ DRAIN_STATE: 'ftp://x' })).toContain('where: DRAIN_STATE');
    expect(await refusedFor({ DRAIN_OUTPUT: 'xml' })).toContain('where: DRAIN_OUTPUT');
    expect(await refusedFor({ DRAIN_CONFIG: '/nowhere' })).toContain('where: DRAIN_CONFIG');
  });

  it('do not change a compiled plan, beside which a place for the journal is welcome', () =>
    withFolder(async (cwd) => {
      expect((await drain(['plan', ...handOver, '-o', 'plan.json'], { cwd })).exitCode).toBe(0);
      const run = await drain(['apply', 'plan.json'], { cwd, env: { DRAIN_STATE: 'state' } });
      expect(run.exitCode).toBe(0);
      expect((await readdir(cwd)).toSorted()).toEqual(['plan.json', 'state']);
    }));
});

describe('--output json', () => {
  it('of a report names the file that the page is in', () =>
    withRollout(async (cwd, rollout) => {
      const args = ['report', rollout, '--state', 'state', '--output', 'json'];
      const run = await drain(args, { cwd });
      expect(run).toMatchObject({ exitCode: 0, stderr: '' });
      const file = `drain-${rollout}.html`;
      expect(JSON.parse(run.stdout)).toMatchObject({ v: 1, rollout, type: 'report-written', file });
      expect(await readdir(cwd)).toContain(file);
      const both = await drain([...args, '-o', '-'], { cwd });
      expect(both).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('both') });
    }));

  it('of the demo is its events', async () => {
    const events = (await drain(['--output', 'json', 'demo'])).events();
    expect(events[0]?.type).toBe('planned');
    expect(events.at(-1)).toMatchObject({ type: 'finished', outcome: 'done' });
  });
});
