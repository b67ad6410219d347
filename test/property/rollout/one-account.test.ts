import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { play } from '../../support/account/play.ts';
import { stories } from '../../support/account/story.ts';

const runs = Number(process.env.DRAIN_ACCOUNT_RUNS ?? 1_700);
const seed = Number(process.env.DRAIN_ACCOUNT_SEED ?? 1);

describe('one weight, and many reasons for it', () => {
  it(`is the base weight when all claims are gone by the commands that are printed, over ${runs} stories`, async () => {
    await fc.assert(
      fc.asyncProperty(stories, async (story) => {
        const { wrong, log } = await play(story);
        expect(wrong, log.join('\n')).toEqual([]);
      }),
      { numRuns: runs, seed },
    );
  }, 900_000);
});
