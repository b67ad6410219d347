import { execFile } from 'node:child_process';
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
