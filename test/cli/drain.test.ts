import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { drain, withFolder } from '../support/drain-command.ts';

const scenario = fileURLToPath(new URL('../../plans/sim-blue-green.yaml', import.meta.url));
const sim = ['--director', `sim:${scenario}`];
const handOver = [...sim, '--from', '10.0.0.1', '--to', '10.0.0.2', '--over', '30s'];

describe('the main form', () => {
  it('prints the events of the contract, one a line, and nothing else, with --output json', async () => {
    const run = await drain([...handOver, '--output', 'json']);
    expect(run.exitCode).toBe(0);
    expect(run.stderr).toBe('');
    const events = run.events();
    for (const event of events) {
      expect(event).toMatchObject({ v: 1, rollout: expect.any(String) });
      expect(new Date(event.at).toISOString()).toBe(event.at);
    }
    expect(new Set(events.map((event) => event.rollout)).size).toBe(1);
    expect(events[0]?.type).toBe('planned');
    expect(events.at(-1)).toMatchObject({ type: 'finished', outcome: 'done', exitCode: 0 });
    expect(events.filter((event) => event.type === 'step-applied')).toHaveLength(31);
  });

  it('prints one line an event in a pipe, without a control character', async () => {
    const run = await drain(handOver);
    expect(run.exitCode).toBe(0);
    expect(run.stdout).toMatch(/step 30 of 30, 100 % moved/);
    expect(run.stdout).toMatch(/removed/);
    expect(run.stdout.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
  });

  it('changes nothing with --dry-run, and says so', async () => {
    const run = await drain([...handOver, '--dry-run', '--output', 'json']);
    expect(run.exitCode).toBe(0);
    expect(run.events().map((event) => event.type)).toEqual(['planned', 'finished']);
  });

  it('knows groups and defaults of the config file, and the command line overrides them', () =>
    withFolder(async (folder) => {
      await writeFile(
        join(folder, 'drain.yaml'),
        `groups: { blue: [10.0.0.1], green: 10.0.0.2 }\ndefaults: { over: 1m, director: "sim:${scenario}" }\n`,
      );
      const run = await drain(
        ['--from', 'blue', '--to', 'green', '--output', 'json', '--every', '30s'],
        {
          cwd: folder,
        },
      );
      expect(run.events()[0]).toMatchObject({
        type: 'planned',
        from: ['10.0.0.1:80'],
        to: ['10.0.0.2:80'],
        overMs: 60_000,
        everyMs: 30_000,
      });
      expect(run.exitCode).toBe(0);
    }));
});

describe('drain plan and drain apply', () => {
  it('carry a compiled plan from one to the other, readable by its owner alone', () =>
    withFolder(async (folder) => {
      const file = join(folder, 'plan.json');
      const planned = await drain(['plan', ...handOver, '-o', file]);
      expect(planned.exitCode).toBe(0);
      expect((await stat(file)).mode & 0o777).toBe(0o600);
      const applied = await drain(['apply', file, '--output', 'json']);
      expect(applied.exitCode).toBe(0);
      expect(applied.events().at(-1)).toMatchObject({ outcome: 'done' });
    }));

  it('refuse a compiled plan with exit 6 and a diff when the table is no longer its baseline', () =>
    withFolder(async (folder) => {
      const file = join(folder, 'plan.json');
      await drain(['plan', ...handOver, '-o', file]);
      const lab = join(folder, 'lab.yaml');
      const changed = (await readFile(scenario, 'utf8')).replace(
        '10.0.0.3:80 -m -w 25',
        '10.0.0.3:80 -m -w 30 -x 9',
      );
      await writeFile(lab, changed);
      const applied = await drain(['apply', file, '--director', `sim:${lab}`]);
      expect(applied.exitCode).toBe(6);
      expect(applied.stderr).toContain('- tcp/10.0.0.100:80 10.0.0.3:80 masq weight 25\n');
      expect(applied.stderr).toContain(
        '+ tcp/10.0.0.100:80 10.0.0.3:80 masq weight 30 upper threshold 9',
      );
    }));

  it('refuse a compiled plan that somebody has edited', () =>
    withFolder(async (folder) => {
      const file = join(folder, 'plan.json');
      await drain(['plan', ...handOver, '-o', file]);
      const text = await readFile(file, 'utf8');
      await writeFile(file, text.replace('"onTimeout":"hold"', '"onTimeout":"explode"'));
      const applied = await drain(['apply', file]);
      expect(applied.exitCode).toBe(2);
      expect(applied.stderr).toContain('onTimeout');
    }));

  it('run a plan file in YAML', () =>
    withFolder(async (folder) => {
      const file = join(folder, 'plan.yaml');
      await writeFile(
        file,
        `from: 10.0.0.1\nto: [10.0.0.2=2, 10.0.0.4=3]\nover: 30s\ndirector: sim:${scenario}\n`,
      );
      const run = await drain(['apply', file, '--output', 'json']);
      expect(run.exitCode).toBe(0);
      expect(run.events()[0]).toMatchObject({ to: ['10.0.0.2:80', '10.0.0.4:80'] });
    }));

  it.each([
    [
      'a field that does not exist',
      'from: a\nfrmo: b\n',
      /plan\.yaml:2:1[\s\S]*frmo|frmo[\s\S]*plan\.yaml:2:1/,
    ],
    ['a value of the wrong kind', 'from: 10.0.0.1\nto: 10.0.0.2\nkeep: 7\n', /plan\.yaml:3:7/],
    ['a wrong duration', 'from: 10.0.0.1\nto: 10.0.0.2\nover: soon\n', /plan\.yaml:3:7/],
    ['text that is no YAML', 'from: [10.0.0.1\n', /plan\.yaml/],
  ])('refuse a plan file with %s, naming line and column', (_, text, says) =>
    withFolder(async (folder) => {
      await writeFile(join(folder, 'plan.yaml'), text);
      const run = await drain(['apply', 'plan.yaml', ...sim], { cwd: folder });
      expect(run.stderr).toMatch(says);
      expect(run.exitCode).toBe(2);
    }),
  );
});

describe('drain --version and --help', () => {
  it('answer on standard output', async () => {
    expect(await drain(['--version'])).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+$/),
    });
    const help = await drain(['--help']);
    expect(help).toMatchObject({ exitCode: 0, stderr: '' });
    expect(help.stdout).toContain('--drain-timeout');
  });
});
