import { describe, expect, it } from 'vitest';
import { levelled } from '../../../src/reporters/log/levels.ts';
import { logLines } from '../../../src/reporters/log/log-lines.ts';
import { fakeOutput } from './builders.ts';

const at = (day: number, hours: number): string =>
  new Date(2026, 10, day, hours, 3, 22).toISOString();

describe('lines of a log', () => {
  it('have the date from midnight on, whoever writes them', () => {
    const { output, lines } = fakeOutput();
    const [rollout, around] = [logLines(output), logLines(output)];
    rollout(at(29, 23), 'a step', 'info');
    around(at(30, 0), 'a batch', 'info');
    logLines(output)(at(30, 1), 'the next rollout', 'info');
    expect(lines()).toEqual([
      '23:03:22 a step',
      '2026-11-30 00:03:22 a batch',
      '2026-11-30 01:03:22 the next rollout',
    ]);
  });

  it('have the date from the start where the log is a long one', () => {
    const { output, lines } = fakeOutput();
    logLines(output, () => true)(at(29, 8), 'guarding', 'notice');
    expect(lines()).toEqual(['2026-11-29 08:03:22 guarding']);
  });

  it('have a level and no time in the journal, which has the time itself', () => {
    const { output, lines } = fakeOutput({ isJournal: true });
    const line = logLines(output);
    line(at(29, 8), 'it failed', 'error');
    line(at(29, 8), 'warning: so', 'warning');
    line(at(30, 8), 'paused', 'notice');
    line(at(30, 8), 'a step', 'info');
    expect(lines()).toEqual(['<3>it failed', '<4>warning: so', '<5>paused', '<6>a step']);
  });

  it('have the level on each line of a text', () => {
    expect(levelled('drain: a\n  next:  b\n', 'error')).toBe('<3>drain: a\n<3>  next:  b\n');
  });
});
