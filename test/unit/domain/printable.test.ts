import { describe, expect, it } from 'vitest';
import { printable, printableLines } from '../../../src/domain/printable.ts';

describe('printable', () => {
  it('leaves ordinary text of any language alone', () => {
    expect(printable('No such service: größe 日本 🙂')).toBe('No such service: größe 日本 🙂');
  });

  it.each([
    ['escape sequences', '\x1b[31mred\x1b[0m', '\\x1b[31mred\\x1b[0m'],
    ['newlines, tabs and NUL', 'a\n\t\0b', 'a\\x0a\\x09\\x00b'],
    ['the one-byte escape sequences', '\x9b2J', '\\x9b2J'],
    ['what reverses the direction of text', 'a\u202eb', 'a\\u202eb'],
    ['what has no width', 'a\u200bb\ufeff', 'a\\u200bb\\ufeff'],
    ['what is an Arabic letter mark', 'a\u061cb', 'a\\u061cb'],
    ['line separators', 'a\u2028b', 'a\\u2028b'],
    ['halves of a surrogate pair', 'a\ud83d', 'a\\ud83d'],
    ['invisible tags', '\u{e0041}', '\\u{e0041}'],
  ])('makes %s visible', (_, text, expected) => {
    expect(printable(text)).toBe(expected);
  });

  it('cuts what is too long', () => {
    expect(printable('abcdef', 3)).toBe('abc…');
    expect(printable('abc', 3)).toBe('abc');
  });
});

describe('printableLines', () => {
  it('makes one sentence of several lines', () => {
    expect(printableLines('No such destination\r\n\n  No such service\n')).toBe(
      'No such destination; No such service',
    );
  });

  it('cuts megabytes', () => {
    expect(printableLines('x'.repeat(10_000_000)).length).toBeLessThan(310);
  });
});
