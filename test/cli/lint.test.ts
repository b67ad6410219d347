import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { drain, withFolder } from '../support/drain-command.ts';

const plans = fileURLToPath(new URL('../../plans', import.meta.url));
const files: Readonly<Record<string, string>> = {
  'good.yaml': 'from: 10.0.0.1\nto: 10.0.0.2\n',
  'field.yaml': 'from: 10.0.0.1\nto: 10.0.0.2\n\novr: 5m\n',
  'value.yaml':
    'rollouts:\n  - { from: 10.0.0.1, to: 10.0.0.2 }\n  - { from: 10.0.0.3, over: soon }\n',
  'config.yaml': 'groups: { blue: [10.0.0.1] }\ndefaults: { curve: bent }\n',
  'guard.yaml': 'services:\n  - { service: tcp/10.0.0.100:80, check: ftp }\n',
  'broken.yaml': 'from: [10.0.0.1\n',
};

describe('drain lint', () => {
  it('finds the example files in order, each as what it is', async () => {
    const names = ['canary', 'rolling-batches', 'guard', 'kube', 'sim-blue-green'];
    const { exitCode, stdout, stderr } = await drain([
      'lint',
      ...names.map((name) => join(plans, `${name}.yaml`)),
    ]);
    expect(stderr).toBe('');
    expect(exitCode).toBe(0);
    expect(stdout.split('\n').map((line) => line.replace(/^.*: /, ''))).toEqual([
      'a plan, in order',
      'a plan, in order',
      'a guard file, in order',
      "a cluster's file, in order",
      'a simulated director, in order',
    ]);
  });

  it('says file, line and column of what is wrong, and goes on to the next', () =>
    withFolder(async (cwd) => {
      for (const [name, text] of Object.entries(files)) await writeFile(join(cwd, name), text);
      const { exitCode, stdout, stderr } = await drain(['lint', ...Object.keys(files), 'none'], {
        cwd,
      });
      expect(exitCode).toBe(2);
      expect(stdout).toBe('good.yaml: a plan, in order');
      const places = stderr.split('\n').flatMap((line) => /^ {2}where: (.*)/.exec(line)?.[1] ?? []);
      expect(places).toEqual([
        'field.yaml:4:1',
        'value.yaml:3:29, over',
        'config.yaml:2:20, curve',
        'guard.yaml:2:42',
        'broken.yaml:2:1',
      ]);
      expect(stderr).toContain('none cannot be read: there is no such file');

      const asJson = await drain(['lint', 'good.yaml', 'field.yaml', '--output', 'json'], { cwd });
      expect(asJson.stdout.split('\n').map((line) => JSON.parse(line))).toMatchObject([
        { file: 'good.yaml', kind: 'plan', ok: true },
        { file: 'field.yaml', kind: 'plan', ok: false, failure: { where: 'field.yaml:4:1' } },
      ]);
    }));

  it('names the kinds of files that have a schema', async () => {
    expect((await drain(['schema', 'guard'])).stdout).toContain('"title": "drain guard file"');
    const { exitCode, stderr } = await drain(['schema', 'pln']);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('name plan or config or guard');
  });
});
