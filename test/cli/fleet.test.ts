import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { drain, withFolder } from '../support/drain-command.ts';
import { hostileText } from '../support/hostile-texts.ts';
import { quietDirector } from '../support/quiet-director.ts';

const quick = ['--from', '10.0.0.1', '--to', '10.0.0.2', '--over', '4s', '--settle', '1s'];
const json = ['--output', 'json'];

const scenario = (weights: Readonly<Record<string, number>>): string =>
  [
    'table: |',
    '  -A -t 10.0.0.100:80 -s wrr',
    ...Object.entries(weights).map(
      ([server, weight]) => `  -a -t 10.0.0.100:80 -r ${server}:80 -m -w ${weight}`,
    ),
    'traffic:',
    '  - service: tcp/10.0.0.100:80',
    '    perSecond: 50',
    '    life: 200ms',
    '',
  ].join('\n');

const alike = { '10.0.0.1': 4, '10.0.0.3': 2 };

/** A config file of simulated directors with these tables: `--director a --director b ...`. */
const withSite = <T>(
  tables: Readonly<Record<string, Readonly<Record<string, number>>>>,
  use: (site: { readonly folder: string; readonly directors: readonly string[] }) => Promise<T>,
): Promise<T> =>
  withFolder(async (folder) => {
    const directors: Record<string, string> = {};
    for (const [name, weights] of Object.entries(tables)) {
      const file = join(folder, `${name}.yaml`);
      await writeFile(file, scenario(weights));
      directors[name] = `sim:${file}`;
    }
    await writeFile(join(folder, 'drain.yaml'), JSON.stringify({ directors }));
    return use({ folder, directors: Object.keys(tables).flatMap((name) => ['--director', name]) });
  });

describe('a rollout over several directors', () => {
  it('takes every step on each of them, and ends when the old server is empty on all', () =>
    withSite({ lb1: alike, lb2: alike, lb3: alike }, async ({ folder, directors }) => {
      const run = await drain([...quick, ...directors, ...json], { cwd: folder });
      expect(run.stderr).toBe('');
      expect(run.exitCode).toBe(0);
      const events = run.events();
      const steps = events.filter((event) => event.type === 'step-applied');
      expect(steps).toHaveLength(15);
      // None begins a step before all have the one before it.
      for (const step of [0, 1, 2, 3, 4]) {
        const there = steps.slice(3 * step, 3 * step + 3);
        expect(there.map((one) => one.step)).toEqual([step, step, step]);
        expect(there.map(({ director }) => director).sort()).toEqual(['lb1', 'lb2', 'lb3']);
      }
      const first = events.findIndex(({ type }) => type === 'removed');
      const empty = events.slice(0, first).filter(({ type }) => type === 'drained');
      expect(empty).toHaveLength(3);
      const removed = events.flatMap((one) => (one.type === 'removed' ? [one.director] : []));
      expect(removed.sort()).toEqual(['lb1', 'lb2', 'lb3']);
      const planned = events.flatMap((one) => (one.type === 'planned' ? one.services : []));
      expect(planned).toHaveLength(1);
    }));

  it('is refused where tables differ, and says where', () =>
    withSite({ lb1: alike, lb2: { ...alike, '10.0.0.1': 5 } }, async ({ folder, directors }) => {
      const run = await drain([...quick, ...directors], { cwd: folder });
      expect(run.exitCode).toBe(3);
      expect(run.stderr).toMatch(/lb1 and lb2 do not hold .* alike/);
      expect(run.stderr).toMatch(/weight 4.*weight 5/);
      expect(run.stderr).toContain('--allow-differences');
      const allowed = ['--allow-differences', ...directors, ...json];
      const taken = await drain([...quick, ...allowed], { cwd: folder });
      expect(taken.exitCode).toBe(0);
      expect(
        taken.events().some((one) => one.type === 'warning' && one.code === 'tables-differ'),
      ).toBe(true);
      const weights = taken
        .events()
        .flatMap((one) => (one.type === 'planned' ? one.services : []))
        .map(({ director, steps }) => [director, steps.at(-1)?.weights['10.0.0.2:80']]);
      expect(weights.map(([director]) => director)).toEqual(['lb1', 'lb2']);
      expect(weights[0]?.[1]).not.toBe(weights[1]?.[1]);
    }));

  it('leaves a director out that has nothing of it, if that is allowed', () =>
    withSite({ lb1: alike, lb2: { '10.0.0.9': 1 } }, async ({ folder, directors }) => {
      const run = await drain([...quick, ...directors], { cwd: folder });
      expect(run.exitCode).toBe(3);
      const allowed = await drain([...quick, ...directors, '--allow-differences', ...json], {
        cwd: folder,
      });
      expect(allowed.exitCode).toBe(0);
      const touched = allowed
        .events()
        .flatMap((event) => (event.type === 'step-applied' ? event.director : []));
      expect(new Set(touched)).toEqual(new Set(['lb1']));
      expect(allowed.stdout).toMatch(/on lb2: left out: /);
    }));

  it('is compiled with how its directors are reached, and applied so', () =>
    withSite({ lb1: alike, lb2: alike }, async ({ folder, directors }) => {
      const saved = join(folder, 'plan.json');
      const made = await drain(['plan', ...quick, ...directors, '-o', saved], { cwd: folder });
      expect(made.exitCode).toBe(0);
      const { access } = JSON.parse(await readFile(saved, 'utf8'));
      expect(access.map(({ director }: { readonly director: string }) => director)).toEqual([
        'lb1',
        'lb2',
      ]);
      // Elsewhere, where nobody knows the names.
      await writeFile(join(folder, 'drain.yaml'), '');
      const applied = await drain(['apply', saved, ...json], { cwd: folder });
      expect(applied.stderr).toBe('');
      expect(applied.exitCode).toBe(0);
      const other = ['apply', saved, '--director', 'sim'];
      expect((await drain(other, { cwd: folder })).stderr).toMatch(/plan is for director lb1/);
    }));

  it('is refused where a director is named twice, or simulated and real ones are mixed', async () => {
    const twice = ['--director', 'ssh://root@lb1', '--director', 'ssh://ops@LB1:22'];
    const named = await drain([...quick, ...twice]);
    expect(named.exitCode).toBe(2);
    expect(named.stderr).toMatch(/are one director/);
    const mixed = await drain([...quick, '--director', 'sim,local']);
    expect(mixed.exitCode).toBe(2);
    expect(mixed.stderr).toMatch(/no time in common/);
    const misspelt = await drain([...quick, '--director', 'sim,loacl']);
    expect(misspelt.exitCode).toBe(2);
    expect(misspelt.stderr).toMatch(/"loacl" is no director of this version/);
    const empty = await drain([...quick, '--director', 'sim,,sim']);
    expect(empty.exitCode).toBe(2);
    expect(empty.stderr).toMatch(/a director has no name/);
  });

  it('knows no quorum of more directors than there are, or of none', async () => {
    const two = ['--director', `${quietDirector},${quietDirector}`];
    for (const quorum of ['3', '0', 'most']) {
      const run = await drain([...quick, ...two, '--quorum', quorum]);
      expect(run.exitCode, quorum).toBe(2);
      expect(run.stderr, quorum).toMatch(/quorum/);
    }
    expect((await drain([...quick, ...two, '--quorum', '2'])).exitCode).toBe(0);
  });

  it('puts no name of a director on a terminal as it is', async () => {
    for (const where of [hostileText, `ssh://${hostileText}`, `sim:${hostileText}`]) {
      const run = await drain([...quick, '--director', 'sim', '--director', where]);
      expect(run.exitCode).toBe(2);
      expect(run.stderr).not.toContain('\u001b');
      expect(run.stdout).toBe('');
    }
  });
});

describe('maintenance on several directors', () => {
  it('takes a server out on all of them and brings it back, each to its own weight', () =>
    withSite({ lb1: alike, lb2: { ...alike, '10.0.0.1': 5 } }, async ({ folder, directors }) => {
      const around = ['around', '10.0.0.1', '--over', '2s', '--every', '1s', '--settle', '1s'];
      const differ = await drain([...around, ...directors, '--', 'true'], { cwd: folder });
      expect(differ.exitCode).toBe(3);
      const run = await drain(
        [...around, ...directors, '--allow-differences', ...json, '--', 'true'],
        { cwd: folder },
      );
      expect(run.stderr).toBe('');
      expect(run.exitCode).toBe(0);
      const last = new Map<string, number>();
      for (const event of run.events()) {
        if (event.type !== 'step-applied') continue;
        last.set(event.director, event.weights['10.0.0.1:80'] ?? -1);
      }
      expect([...last]).toEqual([
        ['lb1', 4],
        ['lb2', 5],
      ]);
    }));
});

describe('drain doctor over several directors', () => {
  it('has a part for each, and says where they differ', () =>
    withSite({ lb1: alike, lb2: { ...alike, '10.0.0.1': 5 } }, async ({ folder, directors }) => {
      const run = await drain(['doctor', ...directors], { cwd: folder });
      expect(run.exitCode).toBe(3);
      expect(run.stdout).toMatch(
        /lb1:\n[\s\S]*lb2:\n[\s\S]*do not hold tcp\/10\.0\.0\.100:80 alike/,
      );
      const lines = (await drain(['doctor', ...directors, ...json], { cwd: folder })).stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      expect(new Set(lines.map(({ director }) => director))).toEqual(
        new Set(['lb1', 'lb2', undefined]),
      );
      expect(lines.at(-1)).toMatchObject({ type: 'finished', exitCode: 3 });
    }));
});
