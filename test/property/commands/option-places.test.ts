import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CommandRow } from '../../../src/commands/command-line/command.ts';
import { type ReadLine, readLine } from '../../../src/commands/command-line/read-line.ts';
import {
  differs,
  flagsOf,
  optionsOf,
  optionsOfAll,
  type RowOption,
  rowsOf,
  takes,
} from '../../../src/commands/command-line/row-options.ts';
import { commandTable } from '../../../src/commands/program.ts';

const rows = rowsOf(commandTable);
const everyOption = optionsOfAll(commandTable);
const names = rows.flatMap(({ name }) => name ?? []);
const named = rows.map((row) => ({ called: row.name ?? 'the main form', row }));

const read = (argv: readonly string[]): ReadLine =>
  readLine(argv, commandTable, { version: '0', variables: {}, columns: 80, out: () => {} });

/** One option as its words, all of which stay together. */
type Words = readonly string[];
type Spec = RowOption;

const known = new Set([
  ...['--', '-h', '--help', '-V', '--version'],
  ...everyOption.flatMap(flagsOf),
]);
const isPlain = (text: string) => !/^--?[\w]/.test(text) && !known.has(text);

/** Texts that people write, and texts that look like something else. */
const value = fc.oneof(
  fc.constantFrom(...names, 'help', '5m', '10.0.0.1', '', '-', 'a=b', 'a b', "'", '-5', '{server}'),
  fc.string().filter(isPlain),
);
const word = fc.constantFrom('10.0.0.1', 'web1', 'status', 'help', '20260102-030405', 'a b', '=');

/** A flag to all others has a value of its own only where that is no name of a command. */
const textOf = ({ name, kind }: Spec) =>
  name === 'keep' && kind === 'text' ? fc.constantFrom('30d', '', '5m', '-5', 'a b') : value;

const optionWords = (spec: Spec): fc.Arbitrary<Words> => {
  const flag = fc.constantFrom(...flagsOf(spec));
  if (spec.kind === 'flag') return flag.map((one) => [one]);
  return fc.tuple(flag, textOf(spec), fc.boolean()).map(([one, text, isJoined]) => {
    if (!isJoined) return [one, text];
    if (one.startsWith('--')) return [`${one}=${text}`];
    return text === '' ? [one, text] : [`${one}${text}`];
  });
};

const repeatable = ({ kind }: Spec) =>
  ['flag', 'list', 'steps'].includes(kind) || kind.startsWith('gate-');

const operandsOf = (row: CommandRow): fc.Arbitrary<Words> =>
  fc
    .tuple(
      ...(row.arguments ?? []).map(({ placeholder }) =>
        fc.array(word, {
          minLength: placeholder.startsWith('<') ? 1 : 0,
          maxLength: placeholder.includes('...') ? 3 : 1,
        }),
      ),
    )
    .map((words) => words.flat());

interface Line {
  readonly before: readonly Words[];
  readonly behind: readonly Words[];
  readonly operands: Words;
}

/** Any of the row's options, each on one side of the name; what can be repeated may be on both. */
const lineOf = (row: CommandRow): fc.Arbitrary<Line> =>
  fc
    .tuple(
      fc
        .subarray([...optionsOf(row), ...optionsOf(row).filter(repeatable)])
        .chain((specs) =>
          fc.tuple(...specs.map((spec) => fc.tuple(optionWords(spec), fc.boolean()))),
        ),
      operandsOf(row),
    )
    .map(([options, operands]) => ({
      before: options.flatMap(([words, isBefore]) => (isBefore ? [words] : [])),
      behind: options.flatMap(([words, isBefore]) => (isBefore ? [] : [words])),
      operands,
    }));

const command = ['--', 'ssh', '{address}', '--over', 'status'];

const argvOf = (row: CommandRow, { before, behind, operands }: Line): readonly string[] => [
  ...before.flat(),
  ...(row.name === undefined ? [] : [row.name]),
  ...behind.flat(),
  ...operands,
  ...(row.takesCommand ? command : []),
];

describe.each(named)('the options of $called', ({ row }) => {
  it('mean the same before its name, behind the name and on both sides', () => {
    fc.assert(
      fc.property(lineOf(row), (line) => {
        const split = read(argvOf(row, line));
        const behind = [...line.before, ...line.behind];
        expect(split).toEqual(read(argvOf(row, { ...line, before: [], behind })));
        expect(split).toMatchObject({ kind: 'call', row, input: { operands: line.operands } });
        const typed = [...line.before, ...line.behind].flat().join(' ');
        if (split.kind !== 'call') return;
        for (const [, { values }] of split.input.given) {
          for (const text of values) if (text !== 'true') expect(typed).toContain(text);
        }
        expect(split.input.command).toEqual(row.takesCommand ? command.slice(1) : undefined);
      }),
    );
  });

  it('are all that is accepted, on either side', () => {
    const foreign = everyOption.filter(({ name }) => !takes(row, name));
    const unknown = fc.oneof(
      fc.constantFrom<Words>(['--nobody'], ['--nobody=5m'], ['-x'], ['--sta', 'x'], ['--yes=1']),
      ...foreign.map(optionWords),
    );
    fc.assert(
      fc.property(lineOf(row), unknown, fc.nat(), fc.boolean(), (line, words, at, isBefore) => {
        const side = isBefore ? line.before : line.behind;
        const put = side.toSpliced(at % (side.length + 1), 0, words);
        const argv = argvOf(row, { ...line, [isBefore ? 'before' : 'behind']: put });
        const [flag = ''] = /^--[\w-]+(=1)?|^-\w/.exec(words[0] ?? '') ?? [];
        expect(read(argv)).toMatchObject({
          kind: 'refused',
          failure: { kind: 'usage', what: expect.stringContaining(flag) },
        });
      }),
    );
  });

  it('with one value are refused with another on the other side, and both are named', () => {
    const single = optionsOf(row).filter((spec) => !repeatable(spec));
    if (single.length === 0 || row.name === undefined) return;
    fc.assert(
      fc.property(lineOf(row), fc.constantFrom(...single), (line, spec) => {
        const [flag = ''] = flagsOf(spec);
        const argv = argvOf(row, {
          before: [[flag, 'one']],
          behind: [[flag, 'two']],
          operands: line.operands,
        });
        expect(read(argv)).toMatchObject({
          kind: 'refused',
          failure: {
            kind: 'usage',
            what: expect.stringMatching(/"one" and "two"/),
            where: expect.stringContaining('--'),
          },
        });
      }),
    );
  });
});

describe('the table of commands', () => {
  it('has an option once under one name, for every command but prune', () => {
    const alike = rows.filter(({ name }) => name !== 'prune');
    expect(rows.filter(differs).map(({ name }) => name)).toEqual(['prune']);
    const flags = alike.flatMap((row) =>
      optionsOf(row).flatMap((spec) =>
        flagsOf(spec).map((flag) => `${flag} ${spec.name} ${spec.kind}`),
      ),
    );
    const flagsAlone = new Set(flags.map((one) => one.split(' ')[0]));
    expect(new Set(flags).size).toBe(flagsAlone.size);
  });

  it('has a help, an option list and a file for every command', async () => {
    expect(new Set(names).size).toBe(names.length);
    for (const { options, load, summary } of rows) {
      expect(summary).toMatch(/^[A-Za-z].*[^.]$/);
      expect(new Set(options).size).toBe(options.length);
      expect(await load()).toMatchObject({ run: expect.any(Function) });
    }
  });
});
