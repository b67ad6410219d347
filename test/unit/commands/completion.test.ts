import { describe, expect, it } from 'vitest';
import { commandTable } from '../../../src/commands/program.ts';
import { wantedAt } from '../../../src/commands/tools/completion/wanted.ts';

const at = (...words: readonly string[]) => wantedAt(commandTable, words);
const values = (...words: readonly string[]) => at(...words).fixed.map(({ value }) => value);

describe('what fits at the end of a command line', () => {
  it('is a command first, also behind options that stand before it', () => {
    expect(values('')).toEqual(expect.arrayContaining(['status', 'out', 'guard', 'help']));
    expect(values('--state', '/srv', '')).toContain('status');
    expect(values('help', '')).toContain('around');
  });

  it('is an option that the command knows and that was not given yet', () => {
    const ofStatus = values('status', '--state', '/srv', '-');
    expect(ofStatus).toEqual(['--output', '--config', '--watch', '--help']);
    // Lists add up.
    expect(values('--from', 'a', '--director', 'lb1', '--')).toEqual(
      expect.arrayContaining(['--from', '--director', '--over']),
    );
    expect(values('--over', '5m', '--')).not.toContain('--over');
  });

  it.each([
    { words: ['--curve', ''], expected: ['linear', 's-curve', 'exponential'] },
    { words: ['--on-timeout=re'], expected: ['hold', 'remove', 'reset', 'rollback'] },
    { words: ['completion', ''], expected: ['bash', 'zsh', 'fish'] },
    // Not known to the command, so nothing of it either.
    { words: ['status', '--curve='], expected: [] },
  ])('is a choice of $words', ({ words, expected }) => {
    expect(values(...words).filter((value) => !value.startsWith('--'))).toEqual(expected);
  });

  it.each([
    { words: ['--from', ''], looked: ['servers'] },
    { words: ['--to=10.0.0.2:80,'], looked: ['servers'] },
    { words: ['--service', 'tcp/'], looked: ['services'] },
    { words: ['--director', ''], looked: ['directors'] },
    { words: ['out', 'web1', 'web2', ''], looked: ['servers'] },
    { words: ['rollback', ''], looked: ['unfinished'] },
    { words: ['--state', '/srv', 'rollback', ''], looked: ['unfinished'] },
    { words: ['report', ''], looked: ['rollouts'] },
    { words: ['apply', 'plans/'], looked: ['files'] },
    { words: ['--config='], looked: ['files'] },
    { words: ['around', 'web1', '--', 'systemctl', ''], looked: ['files'] },
    // It takes one word.
    { words: ['rollback', 'ID', ''], looked: [] },
    { words: ['--over', ''], looked: [] },
  ])('is looked for on the machine: $words', ({ words, looked }) => {
    expect(at(...words).looked).toEqual(looked);
  });

  it('keeps what the last word has already', () => {
    expect(at('--to=10.0.0.2:80,10.')).toMatchObject({ kept: '--to=10.0.0.2:80,', begun: '10.' });
    expect(at('--from', 'blue,gr')).toMatchObject({ kept: 'blue,', begun: 'gr' });
  });

  it('hands on where to look', () => {
    const { given } = at('--state', '/srv', 'rollback', '--config=c.yaml', '');
    expect([...given].map(([name, { values: texts }]) => [name, texts])).toEqual([
      ['state', ['/srv']],
      ['config', ['c.yaml']],
    ]);
  });
});
