import { describe, expect, it } from 'vitest';
import { helpText } from '../../../src/commands/command-line/help.ts';
import { commandTable } from '../../../src/commands/program.ts';

const { mainForm, groups } = commandTable;
const helps = [
  { name: 'drain', text: (columns: number) => helpText(mainForm, columns, commandTable) },
  ...groups
    .flatMap(({ commands }) => commands)
    .map((row) => ({
      name: `drain-${row.name}`,
      text: (columns: number) => helpText(row, columns),
    })),
];

describe.each(helps)('the help of $name', ({ name, text }) => {
  it('is as it was agreed on', async () => {
    await expect(text(80)).toMatchFileSnapshot(`../../golden/help/${name}.txt`);
  });

  it('needs no more columns than the terminal has, and never more than 100', () => {
    for (const columns of [40, 41, 52, 66, 79, 80, 99, 100, 130]) {
      const most = Math.min(columns, 100);
      expect(
        text(columns)
          .split('\n')
          .filter((line) => line.length > most),
      ).toEqual([]);
    }
  });

  it('is ASCII, of which each character takes one column', () => {
    expect(text(80)).toMatch(/^[\n -~]*$/);
  });

  it('says the same on a terminal of any width', () => {
    const words = (columns: number) => text(columns).replace(/\\\n|\s+/g, '');
    for (const columns of [40, 57, 100, 200]) expect(words(columns)).toBe(words(80));
  });
});

describe('the help of drain', () => {
  it('lists every command under the heading of its group', () => {
    const text = helpText(mainForm, 80, commandTable);
    const headings = [...text.matchAll(/^[A-Z][^.\n]*:$/gm)].map(([heading]) => heading);
    expect(headings.slice(0, groups.length)).toEqual(groups.map(({ heading }) => heading));
    for (const { commands } of groups) {
      for (const { name } of commands) expect(text).toMatch(new RegExp(`^ {2}${name}\\b`, 'm'));
    }
  });
});
