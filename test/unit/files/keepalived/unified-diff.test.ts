import { expect, it } from 'vitest';
import { unifiedDiff } from '../../../../src/files/keepalived/unified-diff.ts';

const lines = ['a', 'b', 'c', 'd # \u00e9', 'weight 1', 'e', 'f', 'g', 'h'];
const text = (all: readonly string[]): string => Buffer.from(all.join('\n')).toString('latin1');

it('a difference is what diff -u prints, three lines around it, in UTF-8', () => {
  const after = lines.map((line) => line.replace('weight 1', 'weight 0'));
  expect(unifiedDiff('/etc/k.conf', `${text(lines)}\n`, `${text(after)}\n`)).toBe(
    [
      '--- /etc/k.conf',
      '+++ /etc/k.conf',
      '@@ -2,7 +2,7 @@',
      ' b',
      ' c',
      ' d # \u00e9',
      '-weight 1',
      '+weight 0',
      ' e',
      ' f',
      ' g',
      '',
    ].join('\n'),
  );
});

it('a last line without its end is said to be one, and the same text has no difference', () => {
  expect(unifiedDiff('k', 'a\nb', 'a\nc')).toContain('-b\n\\ No newline at end of file\n+c\n\\ No');
  expect(unifiedDiff('k', 'a', 'a')).toBe('');
});
