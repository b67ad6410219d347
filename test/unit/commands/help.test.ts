import { describe, expect, it } from 'vitest';
import type { CommandRow } from '../../../src/commands/command-line/command.ts';
import { callOf, helpText } from '../../../src/commands/command-line/help.ts';
import { variablesOf } from '../../../src/commands/command-line/variables.ts';
import { commandTable } from '../../../src/commands/program.ts';

const { mainForm, groups } = commandTable;
const helps = [
  { name: 'drain', text: (columns: number) => helpText(mainForm, columns, commandTable) },
  ...groups
    .flatMap(({ commands }) => commands)
    .map((row) => ({
      name: `drain-${row.name?.replace(' ', '-')}`,
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

describe('every command', () => {
  const rows = [mainForm, ...groups.flatMap(({ commands }) => commands)];

  it.each(rows.map((row) => [callOf(row), row] as const))(
    '%s says its exit codes, what it heeds of the environment, and an example that it takes',
    (call, row) => {
      expect(row.exitCodes?.slice(0, 2)).toEqual([0, 2]);
      expect(row.examples?.length).toBeGreaterThan(0);
      const text = helpText(row, 80);
      for (const heading of ['Examples:', 'Exit codes:', 'Environment:']) {
        expect(text.match(new RegExp(`^${heading}$`, 'gm')), heading).toHaveLength(1);
      }
      expect(row.examples?.filter((one) => !one.includes(call))).toEqual([]);
    },
  );

  it('names a variable for each option that one stands for', () => {
    const named = (row: CommandRow) => variablesOf(row).map(({ term }) => term);
    expect(named(mainForm)).toEqual([
      'DRAIN_NO_CHECK',
      'DRAIN_STATE',
      'DRAIN_OUTPUT',
      'DRAIN_REASON',
      'DRAIN_CONFIG',
      'DRAIN_ETCD_PASSWORD',
      'DRAIN_ETCD_CA',
      'DRAIN_RUN_DIR',
      'DOCKER_HOST',
      'DRAIN_GATE_AUTHORIZATION',
      'DRAIN_NOTIFY_SECRET',
      'NO_COLOR, FORCE_COLOR',
    ]);
    const demo = rows.find(({ name }) => name === 'demo') ?? mainForm;
    expect(named(demo)).toEqual(['DRAIN_OUTPUT', 'NO_COLOR, FORCE_COLOR']);
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
