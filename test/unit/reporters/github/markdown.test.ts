import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { code, codeBlock, plainText, table } from '../../../../src/reporters/github/markdown.ts';
import { hostileTexts } from '../../../support/hostile-texts.ts';

const anything = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(...hostileTexts.map(([, text]) => text.slice(0, 500))),
  fc
    .array(fc.constantFrom(...'\\`*_[]<>#!~&@$:|-+=.)1', '\n', 'www.', '```', 'a'))
    .map((parts) => parts.join('')),
);

/** With a letter for everything that a backslash makes plain. */
const unescaped = (markdown: string): string => markdown.replace(/\\[!-/:-@[-`{-~]/g, 'x');

describe('text from outside in Markdown', () => {
  it('is one line without a mark that means something', () => {
    fc.assert(
      fc.property(anything, (text) => {
        const markdown = plainText(text);
        expect(unescaped(markdown)).not.toMatch(
          /[\\`*_[\]<>#!~&@$:\r\n]|^\s*([-+=]|\d+[.)])(\s|$)|www\./i,
        );
      }),
      { numRuns: 1_000 },
    );
  });

  it('is code only where it cannot end it', () => {
    fc.assert(
      fc.property(anything, (text) => {
        const markdown = code(text);
        if (markdown.startsWith('`')) expect(markdown).toMatch(/^`[^`|\\\r\n]+`$/);
        else expect(unescaped(markdown)).not.toMatch(/[`<[]/);
      }),
    );
  });

  it('stays in its cell', () => {
    fc.assert(
      fc.property(anything, anything, (left, right) => {
        const row = table([{ title: 'a' }, { title: 'b' }], [[plainText(left), code(right)]])
          .split('\n')
          .at(-1);
        // As cmark-gfm splits rows: an escaped character is none that splits.
        expect(unescaped(row ?? '').split('|')).toHaveLength(4);
      }),
    );
  });

  it('does not end a block of commands', () => {
    expect(codeBlock(['a\n```\n<b>']).split('\n')).toEqual(['```sh', "a\\x0a'''\\x0a<b>", '```']);
  });
});
