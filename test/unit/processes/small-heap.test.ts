import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';

/** The new space of a process that makes 100 MB of garbage, in bytes; what it keeps is short-lived too. */
async function newSpaceAfterGarbage(before: string): Promise<number> {
  const { outputFiles } = await build({
    stdin: {
      contents: `import { keepHeapSmall, leaveRoomForBursts } from './src/processes/small-heap.ts';
        import { getHeapSpaceStatistics } from 'node:v8';
        let kept = [];
        ${before}
        for (let round = 0; round < 100; round++) {
          const some = Array.from({ length: 20_000 }, (_, index) => ({ index, round }));
          kept = [...kept.slice(-2), some];
        }
        const space = getHeapSpaceStatistics().find((one) => one.space_name === 'new_space');
        console.log(space.space_size);`,
      resolveDir: process.cwd(),
    },
    bundle: true,
    platform: 'node',
    format: 'esm',
    write: false,
  });
  const source = outputFiles[0]?.text ?? '';
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--input-type=module',
    '-e',
    source,
  ]);
  return Number(stdout);
}

describe('a process that stays', () => {
  it('gets no more room for garbage, unless what it holds is large', async () => {
    const usual = await newSpaceAfterGarbage('');
    const small = await newSpaceAfterGarbage('keepHeapSmall();');
    expect(small).toBeLessThan(usual / 4);
    const large = await newSpaceAfterGarbage(
      'globalThis.held = Array.from({ length: 2_000_000 }, (_, index) => ({ index })); keepHeapSmall();',
    );
    expect(large).toBeGreaterThan(2 * small);
  });

  it('has room again once what it holds has become large', async () => {
    const small = await newSpaceAfterGarbage('keepHeapSmall();');
    // A timer that is due later comes later: by then the process has looked.
    const grown = await newSpaceAfterGarbage(`keepHeapSmall();
      globalThis.held = Array.from({ length: 2_000_000 }, (_, index) => ({ index }));
      await new Promise((resolve) => setTimeout(resolve, 1_000));`);
    expect(grown).toBeGreaterThan(2 * small);
  });

  it('leaves room where others send more than it keeps, said before or after', async () => {
    const small = await newSpaceAfterGarbage('keepHeapSmall();');
    for (const said of [
      'keepHeapSmall(); leaveRoomForBursts();',
      'leaveRoomForBursts(); keepHeapSmall();',
    ]) {
      expect(await newSpaceAfterGarbage(said), said).toBeGreaterThan(1.5 * small);
    }
  });
});
