import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quoteForShell, shellWord, shellWords } from '../../../src/domain/shell-word.ts';
import { hostileTexts } from '../../support/hostile-texts.ts';

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
  expect(() => shellWord('a\0b')).toThrow('NUL');
});

describe('a word that is shown to be pasted', () => {
  it.each([
    ['/var/lib/drain', '/var/lib/drain'],
    ['20261123-141530042-7f3a', '20261123-141530042-7f3a'],
    ['lb1=ssh://root@10.0.0.9:22', 'lb1=ssh://root@10.0.0.9:22'],
    ['/srv/my state', "'/srv/my state'"],
    ["it's", "'it'\\''s'"],
    ['', "''"],
    ['~', "'~'"],
    ['=ls', "'=ls'"],
    ['a b\x7f', "$'a b\\177'"],
    ['a\n1', "$'a\\0121'"],
    ['\u202eevil', "$'\\342\\200\\256evil'"],
  ])('%j is %s', (word, shown) => {
    expect(shellWord(word)).toBe(shown);
  });

  it('is that word again, whatever it is, and nothing in it moves a cursor', () => {
    const anyText = fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\0', ''));
    const anyWords = fc.array(fc.oneof(anyText, awkward), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(anyWords, (words) => {
        const shown = shellWords(words);
        expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
        const input = `printf '%s\\0' ${shown}`;
        const output = execFileSync('bash', [], { input, encoding: 'utf8' });
        expect(output.split('\0').slice(0, -1)).toEqual(words);
      }),
      { numRuns: 50 },
    );
  });
});
