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

it('a run of mutants says after each ten how far it is, and which live as soon as they do', async () => {
  const { progressLines } = await import(resolve('test/mutation/progress-reporter.js'));
  const at = { location: { start: { line: 7, column: 3 } }, mutatorName: 'BooleanLiteral' };
  const mutant = { ...at, fileName: resolve('src/rollout/run.ts'), replacement: '{\n  false }' };
  const { unchanged, tested } = progressLines(20);
  const statuses = ['Killed', 'CompileError', 'NoCoverage', 'Timeout', 'Ignored', 'Survived'];
  const said = statuses.flatMap((status) =>
    Array.from({ length: 5 }, () => tested({ ...mutant, status })).flat(),
  );
  const lives = 'mutate: not noticed: src/rollout/run.ts:7:3 BooleanLiteral -> { false }';
  expect(unchanged(787)).toEqual(['mutate: 787 tests pass without a change, now the mutants']);
  expect(said).toEqual([
    ...Array.from({ length: 5 }, () => lives),
    'mutate: 10 of 20 mutants played, 5 not noticed',
    ...Array.from({ length: 5 }, () => lives),
    'mutate: 20 of 20 mutants played, 10 not noticed',
  ]);
  const all = progressLines(undefined);
  const tenth = Array.from({ length: 10 }, () => all.tested({ ...mutant, status: 'Killed' }));
  expect(tenth.flat()).toEqual(['mutate: 10 mutants played, 0 not noticed']);
});
