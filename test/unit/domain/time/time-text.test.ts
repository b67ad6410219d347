import { expect, it } from 'vitest';
import { actorText } from '../../../../src/domain/actor/actor.ts';
import { dueText, timeText } from '../../../../src/domain/time/time-text.ts';

const at = Date.UTC(2026, 10, 30, 20, 11, 30, 250);

it('a time that is past is told to the minute, and one that is to come to its second', () => {
  expect(timeText(at)).toBe('2026-11-30 20:11 UTC');
  expect(dueText(at)).toBe('2026-11-30 20:11:30 UTC');
  expect(dueText(Date.UTC(2026, 10, 30, 20, 11))).toBe('2026-11-30 20:11 UTC');
});

it('a time that no clock can have is told as unknown, and is no fault', () => {
  expect(timeText(9e15)).toBe('an unknown time');
  expect(dueText(Number.NaN)).toBe('an unknown time');
});

it('a machine without a name is not told as "(none)"', () => {
  const reason = 'deploy 42';
  expect(actorText({ user: 'root', host: '(none)', reason })).toBe('root: deploy 42');
  expect(actorText({ user: 'root', host: '(none)', program: 'drain resume --all' })).toBe(
    'drain resume --all of root',
  );
  expect(actorText({ user: 'root', host: 'lb1', reason })).toBe('root on lb1: deploy 42');
});
