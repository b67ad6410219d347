import { expect, test } from 'vitest';
import { endLines, endWays } from '../../../src/reporters/way-lines.ts';

const end = { outcome: 'held', exitCode: 4, message: 'not empty after 10m' } as const;
const commands = { options: ['--state', '/srv/drain'] };

test('a rollout that is held at the drain deadline has the way that removes the old server', () => {
  const of = { policy: { keep: false }, isBack: false };
  expect(endLines('r', end, commands, of).split('\n')).toEqual([
    'drain: not empty after 10m',
    '  go on:   drain resume r --state /srv/drain',
    '  or:      drain resume r --on-timeout remove --state /srv/drain  # at the next deadline clients or not',
    '  go back: drain rollback r --state /srv/drain',
    '',
  ]);
});

test('maintenance, which keeps its servers, has not', () => {
  expect(endLines('r', end, commands, { policy: { keep: true }, isBack: false })).not.toContain(
    'remove',
  );
});

test('the ways are said alone to those who have read the reason', () => {
  const end = { outcome: 'held', exitCode: 130, message: 'SIGINT: held' } as const;
  expect(endLines('r', end)).toBe(`drain: SIGINT: held\n${endWays('r', end)}`);
  expect(endWays('r', { outcome: 'failed', exitCode: 7 })).toBe('');
});
