import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseListings } from '../src/ipvs/ipvsadm-parse.ts';
import type { Benchmark } from './benchmark.ts';
import { inTurns } from './in-turns.ts';
import { longListing } from './long-listing.ts';
import { growthOf, memoryOf } from './peak-memory.ts';
import { median } from './quantiles.ts';
import { rowsLookedAt, rowsWithoutReading } from './rows-without-reading.ts';

/** A listing of the whole table, as a program sees it that reads one after another. */
export const parsing: Benchmark = {
  name: 'parsing',
  about: 'reading `ipvsadm -Ln` of 100,000 real servers',
  run: async ({ size }) => {
    const small = size === 'small';
    const text = longListing(small ? 1_000 : 100_000);
    // Each result is kept until the next one is there, as a rollout keeps the last table it has seen.
    const kept = new Map<string, unknown>();
    const parse = (read: (text: string) => unknown) => () => {
      const startMs = performance.now();
      kept.set(read.name, read(text));
      return performance.now() - startMs;
    };
    const times = await inTurns(small ? 2 : 30, {
      ours: parse(parseListings),
      split: parse(splitLines),
      looked: parse(rowsLookedAt),
      made: parse(rowsWithoutReading),
    });
    const [ours, split] = [median(times.ours), median(times.split)];
    const looked = median(times.looked);
    const bytes = await inFile(text, async (file) => ({
      ours: growthOf(await memoryOf('parse-listing', file)),
      split: growthOf(await memoryOf('split-lines', file)),
    }));
    return [
      {
        what: 'time',
        ours: { value: ours, unit: 'ms' },
        against: [
          { name: "text.split('\\n')", figure: { value: split, unit: 'ms' } },
          { name: 'rows made, each character looked at', figure: { value: looked, unit: 'ms' } },
          { name: 'rows made, nothing read', figure: { value: median(times.made), unit: 'ms' } },
        ],
        goal: 'at most 3x, and 2x of rows made with a look at each character',
        met: small ? undefined : ours <= 3 * split && ours <= 2 * looked,
      },
      {
        what: 'memory at its peak, beside the text',
        ours: { value: bytes.ours, unit: 'bytes' },
        against: [
          { name: 'the text', figure: { value: text.length, unit: 'bytes' } },
          { name: "text.split('\\n')", figure: { value: bytes.split, unit: 'bytes' } },
        ],
        goal: 'at most 4x',
        met: small ? undefined : bytes.ours <= 4 * text.length,
      },
    ];
  },
};

const splitLines = (text: string): readonly string[] => text.split('\n');

async function inFile<T>(text: string, use: (file: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'drain-bench-'));
  try {
    const file = join(folder, 'listing');
    await writeFile(file, text);
    return await use(file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
