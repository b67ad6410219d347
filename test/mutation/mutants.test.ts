import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

it('each mutant of the fixed sample is noticed by the test that has to notice it', async () => {
  const script = 'test/mutation/play-sample.js';
  const { stdout } = await promisify(execFile)(process.execPath, [script]).catch(
    (failure: { readonly stdout: string }) => failure,
  );
  const lines = stdout.trim().split('\n');
  expect(lines.filter((line) => !line.startsWith('noticed: ')).slice(0, -1)).toEqual([]);
  expect(lines.at(-1)).toMatch(/^[1-9]\d+ mutants, 0 wrong$/);
});

it('a run of mutants says after each ten how far it is, and counts none that was not drawn', async () => {
  const { progressLines } = await import(resolve('test/mutation/progress-reporter.js'));
  const lines = progressLines(20);
  const said = ['Killed', 'Survived', 'CompileError', 'NoCoverage', 'Timeout', 'Ignored', 'Killed']
    .flatMap((status) => Array.from({ length: 4 }, () => lines.tested({ status })))
    .filter((line) => line !== undefined);
  expect(lines.unchanged(787)).toBe('mutate: 787 tests pass without a change, now the mutants');
  expect(said).toEqual([
    'mutate: 10 of 20 mutants played, 6 not noticed',
    'mutate: 20 of 20 mutants played, 8 not noticed',
  ]);
  const all = progressLines(undefined);
  const tenth = Array.from({ length: 10 }, () => all.tested({ status: 'Killed' })).at(-1);
  expect(tenth).toBe('mutate: 10 mutants played, 0 not noticed');
});
