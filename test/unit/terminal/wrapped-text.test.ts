import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { columnsOf } from '../../../src/reporters/text/columns.ts';
import { painter } from '../../../src/reporters/text/paint.ts';
import { unbrokenWords } from '../../../src/reporters/text/unbroken-words.ts';
import { wrappedText } from '../../../src/terminal/wrapped-text.ts';

const id = '20261130-201523000-ab12';
const lines = (text: string, columns: number): readonly string[] =>
  wrappedText(text, columns).split('\n');

describe('a text on a terminal', () => {
  it('is as it was where every line fits', () => {
    const text = `drain: one\n  next:  two\n\n${'x'.repeat(40)}\n`;
    expect(wrappedText(text, 40)).toBe(text);
  });

  it('hangs below the words of its label', () => {
    expect(
      lines(
        'drain: a plan has no field "form" here\n  next:  Allowed are from, to and over in it.\n',
        30,
      ),
    ).toEqual([
      'drain: a plan has no field',
      '       "form" here',
      '  next:  Allowed are from, to',
      '         and over in it.',
      '',
    ]);
  });

  it('hangs below the sentence of a log line, with its date or without', () => {
    expect(lines('14:03:22 step 3 of 20, 15 % moved; all is well', 36)).toEqual([
      '14:03:22 step 3 of 20, 15 % moved;',
      '         all is well',
    ]);
    expect(lines(`2026-11-30 00:00:07 step 3 of 20, 15 % moved; weights as planned`, 60)).toEqual([
      '2026-11-30 00:00:07 step 3 of 20, 15 % moved; weights as',
      '                    planned',
    ]);
  });

  it('leaves two thirds of a narrow line to the words', () => {
    expect(lines('2026-11-30 00:00:07 step 3 of 20 is on time', 30)).toEqual([
      '2026-11-30 00:00:07 step 3 of',
      '          20 is on time',
    ]);
  });

  it('hangs further in than a row of a table', () => {
    expect(lines('  10.0.0.1:80  web1  weight 100  33.3 %  3 active, 0 inactive', 44)).toEqual([
      '  10.0.0.1:80  web1  weight 100  33.3 %  3',
      '      active, 0 inactive',
    ]);
  });

  it('counts no escape sequence, and two columns for wide characters', () => {
    const red = (text: string): string => painter(true)('red', text);
    expect(lines(`${red('!')} ${red('one two')} three`, 11)).toEqual([
      `${red('!')} ${red('one two')}`,
      '  three',
    ]);
    expect(lines('日本 日本 日本', 10)).toEqual(['日本 日本', '   日本']);
  });

  it('has a word that fits into a line further left rather than broken', () => {
    const path = '/var/lib/drain/rollouts/journal.jsonl';
    expect(lines(`  where: ${path}`, 40)).toEqual(['  where:', `   ${path}`]);
    expect(lines(`  where: ${path}`, 42)).toEqual(['  where:', `    ${path}`]);
  });

  it('has a word that fits into no line in one piece', () => {
    const path = `/var/lib/drain/rollouts/${id}/journal.jsonl`;
    expect(lines(`  where: ${path} and there`, 40)).toEqual([
      `  where: ${path}`,
      '         and there',
    ]);
  });

  it('has a command that is to be pasted in one piece', () => {
    const command = `drain resume ${id} --state 'it'\\''s my state' --director ssh://root@lb1`;
    expect(lines(`  go on:   ${command}  # clients or not`, 40)).toEqual([
      `  go on:   ${command}`,
      '           # clients or not',
    ]);
    expect(lines(`  next:  go on with ${command}, or look at it`, 40)).toEqual([
      '  next:  go on with',
      `         ${command},`,
      '         or look at it',
    ]);
  });

  it.each([
    ['JSON', `{"message":"${'one two '.repeat(20)}"}`],
    ['a page', `<!doctype html>${' one two'.repeat(20)}`],
    ["a command of GitHub's runner", `::error title=one two::${'three four '.repeat(20)}`],
    ['what moves the cursor', `one two\r${'three four '.repeat(20)}`],
  ])('leaves %s as it is', (_, text) => {
    expect(wrappedText(text, 40)).toBe(text);
  });

  const words = fc.constantFrom(
    ...['a', 'sentence', 'with:', '35', '%', '→', '日本語', 'drain', 'resume', id, '--state'],
    ...["'a", "b'", '`sysctl', '-w', 'x=1`', '--', '/var/lib/drain/one', ''],
  );
  const texts = fc.array(words, { maxLength: 40 }).map((all) => all.join(' ').trimEnd());

  it('keeps its words, in lines that are too long only where they are one word', () => {
    fc.assert(
      fc.property(texts, fc.integer({ min: 20, max: 60 }), (text, columns) => {
        const wrapped = lines(text, columns);
        const flat = (all: string): readonly string[] => all.split(' ').filter(Boolean);
        expect(wrapped.flatMap(flat)).toEqual(flat(text));
        for (const line of wrapped.filter((one) => columnsOf(one) > columns)) {
          expect(unbrokenWords(line).filter(({ word }) => columnsOf(word) > columns)).toHaveLength(
            1,
          );
        }
      }),
    );
  });
});

describe('one word of a text is', () => {
  const words = (text: string): readonly string[] => unbrokenWords(text).map(({ word }) => word);

  it.each([
    ['a command up to its end', `see drain status ${id}; then`, [`drain status ${id};`]],
    [
      'a quoted value',
      "with drain resume --state '/a b c/d' now",
      ["drain resume --state '/a b c/d'"],
    ],
    ['an odd value', "drain in --state $'a\\n b' now", ["drain in --state $'a\\n b'"]],
    ['what follows --', 'drain around a1 -- make it so', ['drain around a1 -- make it so']],
    ['code', 'run `modprobe ip_vs now`, and', ['`modprobe ip_vs now`,']],
    ['an option and its value', 'then give --over 5m, or wait', ['give --over 5m,']],
    ["another tool's command", 'see (ipvsadm -L --timeout) there', ['(ipvsadm -L --timeout)']],
    ['an amount in percent', 'about 35 % moved', ['35 %']],
  ])('%s', (_, text, joined) => {
    expect(words(text).filter((word) => word.includes(' '))).toEqual(joined);
  });

  it.each([
    'the rest of drain, as it was',
    'drain: one two three',
    "it's not what the director's table says",
    'give --from, --to, --over or nothing',
    'an ` alone',
  ])('each of %s', (text) => {
    const options = words(text).filter((word) => / (?!--)/.test(word));
    expect(options.filter((word) => !word.startsWith('give'))).toEqual(
      text.includes('--over') ? ['--over or'] : [],
    );
  });
});
