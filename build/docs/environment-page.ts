import type { CommandRow } from '../../src/commands/command-line/command.ts';
import { callOf } from '../../src/commands/command-line/help.ts';
import { type Variable, variablesOf } from '../../src/commands/command-line/variables.ts';
import { commandTable } from '../../src/commands/program.ts';
import { environmentFor } from '../../src/domain/around/server-command.ts';
import type { Notice } from '../../src/domain/events/notice.ts';
import { environmentOf } from '../../src/gates/command-gate.ts';
import { noticeEnvironment } from '../../src/notify/command.ts';
import { code, pageOf, sentence, table } from './markdown.ts';

const rows: readonly CommandRow[] = [
  commandTable.mainForm,
  ...commandTable.groups.flatMap(({ commands }) => commands),
];

/** Variables that drain heeds, and those that commands get which drain runs. */
export function environmentPage(): string {
  const heeded = new Map<string, Variable>(
    rows.flatMap(variablesOf).map((variable) => [variable.term, variable]),
  );
  return pageOf(
    'Environment variables',
    'An option wins over the variable that stands for it, and the variable wins over files. An empty one counts as none.',
    [
      [
        '## That drain heeds',
        '',
        ...table(
          ['variable', 'meaning', 'heeded by'],
          [...heeded.values()].map(({ term, text }) => [
            term.split(', ').map(code).join(', '),
            sentence(text),
            heedersOf(term),
          ]),
        ),
      ],
      [
        '## That commands get',
        '',
        'Commands that drain runs have these on top of its own environment, without its secrets. One without a known value is empty.',
        '',
        ...table(
          ['command', 'variables'],
          [
            ['a gate (`--gate-command`)', names(gateVariables())],
            ['of `drain around`', names(aroundVariables())],
            ['of `notify`', names(noticeVariables())],
          ],
        ),
      ],
    ],
  );
}

function heedersOf(term: string): string {
  const by = rows.filter((row) => variablesOf(row).some((one) => one.term === term));
  return by.length > rows.length / 2 ? 'most commands' : by.map(callOf).map(code).join(', ');
}

const names = (variables: Readonly<Record<string, string>>): string =>
  Object.keys(variables).map(code).join(', ');

const gateVariables = () =>
  environmentOf({ rollout: '', step: 1, of: 1, movedFraction: 0, from: [], to: [] });

const aroundVariables = () =>
  environmentFor(
    { address: '10.0.0.1', name: { kind: 'address', address: '10.0.0.1' } as never },
    { around: '', batch: 1, of: 1 },
  );

const noticeVariables = () =>
  noticeEnvironment({ from: [], to: [], services: [] } as unknown as Notice);
