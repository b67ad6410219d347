import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quoteForShell } from '../../../../src/ipvs/ssh/remote-quoting.ts';
import { hostileTexts } from '../../../support/hostile-texts.ts';

const shells = ['sh', 'dash', 'bash', 'ksh', 'zsh', 'busybox'].filter((name) =>
  ['/bin', '/usr/bin'].some((folder) => existsSync(`${folder}/${name}`)),
);

/** What the shell makes of a script's words: each byte a character, and each word with an end. */
function wordsOf(shell: string, words: readonly string[]): readonly string[] {
  const script = `printf '%s\\0' ${words.map(quoteForShell).join(' ')}`;
  const args = shell === 'busybox' ? ['sh'] : [];
  // On standard input, as it gets there: a command line would be cut at 128 kB.
  const output = execFileSync(shell, args, {
    input: Buffer.from(script, 'latin1'),
    encoding: 'latin1',
  });
  return output.split('\0').slice(0, -1);
}

const anyBytes = fc
  .uint8Array({ max: 254 })
  .map((bytes) => Buffer.from(bytes.map((byte) => byte + 1)).toString('latin1'));
const awkward = fc.string({ unit: fc.constantFrom(...'\'"\\$`!#~*?[]{}()<>|&;= \t\n\r-%^') });

describe.each(shells)('a word quoted for %s', (shell) => {
  it('is those bytes again, whatever they are', () => {
    const anyWords = fc.array(fc.oneof(anyBytes, awkward), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(anyWords, (words) => {
        expect(wordsOf(shell, words)).toEqual(words);
      }),
      { numRuns: 50 },
    );
  });

  it('does nothing of what it says', () => {
    const words = hostileTexts.map(([, text]) => Buffer.from(text).toString('latin1'));
    expect(wordsOf(shell, words)).toEqual(words);
  });
});

it('a word with NUL is no word', () => {
  expect(() => quoteForShell('a\0b')).toThrow('NUL');
});
