import {
  type CommandRow,
  type ExitCode,
  exitCodeTexts,
} from '../../src/commands/command-line/command.ts';
import { callOf } from '../../src/commands/command-line/help.ts';
import { commandTable } from '../../src/commands/program.ts';
import type { PrintedCommand } from '../../src/domain/printed-command.ts';
import {
  commandText,
  type RolloutStatus,
  rolloutStatuses,
  type Ways,
  waysFrom,
} from '../../src/domain/rollout/rollout-status.ts';
import { code, pageOf, prose, table } from './markdown.ts';

const exitCodes = Object.keys(exitCodeTexts).map(Number) as readonly ExitCode[];
const bug = [
  '1',
  'a bug in drain: the message says how to report it. What is in the journal can be resumed or rolled back',
] as const;

/** Exit codes, and who can end with them. */
export const exitCodesPage = (): string =>
  pageOf('Exit codes', 'What leads on from each is under [it is held: what now?](../held.md)', [
    table(
      ['code', 'meaning', 'commands'],
      [
        ['0', prose(exitCodeTexts[0]), 'all'],
        [...bug, 'none should'],
        ...exitCodes
          .filter((exit) => exit > 0)
          .map((exit) => [
            exit === 130 ? '130, 143' : `${exit}`,
            prose(exitCodeTexts[exit]),
            enders(exit),
          ]),
      ],
    ),
  ]);

function enders(exit: ExitCode): string {
  const rows: readonly CommandRow[] = [
    commandTable.mainForm,
    ...commandTable.groups.flatMap(({ commands }) => commands),
  ];
  const some = rows.filter((row) => row.exitCodes?.includes(exit));
  return some.length === rows.length ? 'all' : some.map(callOf).map(code).join(', ');
}

const meanings: Readonly<Record<RolloutStatus, string>> = {
  running: 'a process carries it out',
  paused: 'its process waits until somebody lets it go on',
  held: 'it has stopped where it is, and waits for somebody',
  'cut-off': 'its process died, or its machine did, before it was over',
  done: 'it is over: the old servers are gone, or kept where that was asked for',
  'rolled-back': 'it is over: the table is the one from before',
  refused: 'it never began; nothing was changed',
  failed: 'it is over, by a bug or a director that could not be brought back',
};

/** States of a rollout, with the commands that lead on, back and out of each. */
export const statesTable = (): readonly string[] =>
  table(
    ['state', 'what it is', 'on', 'back', 'else'],
    rolloutStatuses.map((status) => [
      code(status),
      meanings[status],
      ...waysOf(waysFrom(status, 'ID')),
    ]),
  );

const waysOf = ({ pause, on, back, finish, leave }: Ways): readonly string[] => [
  commandsOf(on),
  commandsOf(back),
  commandsOf(pause, finish, leave),
];

const commandsOf = (...commands: readonly (PrintedCommand | undefined)[]): string =>
  commands.flatMap((command) => (command ? [code(commandText(command))] : [])).join(', ');
