import { describe, expect, it } from 'vitest';
import { filesRead, firstUnread, readLines } from '../../../../src/files/keepalived/read-lines.ts';

describe('the lines that keepalived reads', () => {
  it.each([
    ['  weight 5 # five\r\n', ['weight 5']],
    ['! all\n\nvirtual_server a {\n}', ['', '', 'virtual_server a {', '}']],
    ['script "a # b" ! c\n', ['script "a # b"']],
    ['a \\# b\n', ['a # b']],
    ['"a \\# b"\n', ['"a \\# b"']],
    ['weight 7 # foo \\\n', ['weight 7\\']],
    ['include conf.d/*\n  includew b\n', ['', '']],
    ['a   \\\n', ['a\\']],
  ])('of %j are %j', (text, lines) => {
    expect(readLines(text)).toEqual(lines);
  });
});

describe("keepalived's copy of its configuration", () => {
  it('has each file between its name and its end, and what it includes in between', () => {
    const copy = '# /etc/k.conf\na\n\n# conf.d/1.conf\nb\n!\n# conf.d/2.conf\n!\nc\n!\n';
    expect(filesRead(copy)).toEqual([
      { path: '/etc/k.conf', includedBy: undefined, lines: ['a', '', 'c'] },
      { path: 'conf.d/1.conf', includedBy: 0, lines: ['b'] },
      { path: 'conf.d/2.conf', includedBy: 0, lines: [] },
    ]);
  });

  it.each(['', '# /etc/k.conf\na\n', '# /etc/k.conf\na', 'a\n!\n'])(
    'that is not whole says nothing: %j',
    (copy) => {
      expect(filesRead(copy)).toBeUndefined();
    },
  );

  it('is held against a file line by line', () => {
    expect(firstUnread(['a', 'b'], ['a', 'c'])).toBe(2);
    expect(firstUnread(['a', 'b'], ['a', 'b', ''])).toBeUndefined();
    expect(firstUnread(['a'], ['a', 'b'])).toBe(1);
    expect(firstUnread(['', 'a', '', 'b'], ['a', 'b'])).toBeUndefined();
    expect(firstUnread(['', 'a', '', 'c'], ['a', 'b'])).toBe(4);
  });
});
