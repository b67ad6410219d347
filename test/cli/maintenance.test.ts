import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { drain, withFolder } from '../support/drain-command.ts';

const scenario = fileURLToPath(new URL('../../plans/sim-blue-green.yaml', import.meta.url));
const sim = ['--director', `sim:${scenario}`];

describe('drain out and drain in', () => {
  it('remember in the state folder who is out, from one process to the next', () =>
    withFolder(async (folder) => {
      const here = [...sim, '--state', folder];
      const out = await drain(['out', '10.0.0.3', ...here, '--output', 'json']);
      expect(out).toMatchObject({ exitCode: 0, stderr: '' });
      expect(out.events()[0]).toMatchObject({ type: 'planned', from: ['10.0.0.3:80'], to: [] });
      const status = await drain(['status', '--state', folder]);
      expect(status.stdout).toMatch(/^out: 10\.0\.0\.3:80 in tcp\/10\.0\.0\.100:80 .*weight 25/);
      expect((await drain(['out', '10.0.0.3', ...here])).exitCode).toBe(0);
      // The simulated table is new in each process, so the server has its weight there.
      const back = await drain(['in', '10.0.0.3', ...here]);
      expect(back).toMatchObject({
        exitCode: 0,
        stderr: '',
        stdout: '10.0.0.3:80 is in service, with weight 25 (tcp/10.0.0.100:80)',
      });
      const json = await drain(['in', '10.0.0.3', ...here, '--output', 'json']);
      expect(json.events()).toMatchObject([{ type: 'finished', outcome: 'done', exitCode: 0 }]);
      expect((await drain(['status', '--state', folder])).stdout).toBe(
        `no rollout is running or held in ${folder}`,
      );
    }));

  it('read names, groups and where to work from the config file, but not how a hand-over goes', () =>
    withFolder(async (folder) => {
      await writeFile(
        join(folder, 'drain.yaml'),
        `groups: { blue: [10.0.0.1] }\ndefaults: { over: 5m, every: 30s, keep: true, onTimeout: remove, director: "sim:${scenario}" }\n`,
      );
      const run = await drain(['out', 'blue', '--output', 'json'], { cwd: folder });
      expect(run).toMatchObject({ exitCode: 0, stderr: '' });
      expect(run.events()[0]).toMatchObject({ from: ['10.0.0.1:80'], overMs: 0 });
    }));

  it('give a server that nobody remembers the weight of --weight, step by step', () =>
    withFolder(async (folder) => {
      const quiesced = join(folder, 'quiesced.yaml');
      const text = await readFile(scenario, 'utf8');
      await writeFile(quiesced, text.replace('10.0.0.1:80 -m -w 100', '10.0.0.1:80 -m -w 0'));
      const at = ['--director', `sim:${quiesced}`];
      const refused = await drain(['in', '10.0.0.1', ...at]);
      expect(refused.exitCode).toBe(2);
      expect(refused.stderr).toContain('--weight N');
      const run = await drain(['in', '10.0.0.1', ...at, '--weight', '100', '--output', 'json']);
      expect(run).toMatchObject({ exitCode: 0, stderr: '' });
      const steps = run.events().filter(({ type }) => type === 'step-applied');
      expect(steps).toHaveLength(31);
      expect(steps.at(-1)).toMatchObject({ weights: { '10.0.0.1:80': 100, '10.0.0.3:80': 25 } });
    }));

  it('refuse with exit code 3 to leave a service without weight, and change nothing with --dry-run', () =>
    withFolder(async (folder) => {
      const here = [...sim, '--state', folder];
      const both = ['out', '10.0.0.1,10.0.0.3', ...here, '--output', 'json'];
      const refused = await drain(both);
      expect(refused.exitCode).toBe(3);
      expect(refused.events()).toMatchObject([{ type: 'finished', outcome: 'refused' }]);
      const dry = await drain([...both, '--force', '--dry-run']);
      expect(dry.exitCode).toBe(0);
      expect(dry.events().map(({ type }) => type)).toEqual(['planned', 'warning', 'finished']);
      expect((await drain(['status', '--state', folder])).stdout).toBe(
        `no rollout is running or held in ${folder}`,
      );
    }));

  it.each([
    [['out']],
    [['out', '10.0.0.1', '--keep']],
    [['out', '10.0.0.1', '--check', 'tcp']],
    [['out', '10.0.0.1', '--on-timeout', 'remove']],
    [['in', '10.0.0.1', '--drain-timeout', '5m']],
    [['in', '10.0.0.1', '--check', 'gopher://x']],
    [['in', '10.0.0.1', '--check-timeout', '-1s']],
    [['in', 'no.such.host.invalid']],
  ])('refuse %j with exit code 2 and a next step', async (args) => {
    const run = await drain([...args, ...sim]);
    expect(run.exitCode).toBe(2);
    expect(run.stderr).toMatch(/^drain: /);
    expect(run.stdout).toBe('');
  });
});
