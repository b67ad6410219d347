import { partHeadings } from '../../src/commands/command-line/help.ts';
import { optionsOfAll } from '../../src/commands/command-line/row-options.ts';
import { commandTable } from '../../src/commands/program.ts';
import { serveOptionSpecs } from '../../src/config/options/command-options.ts';
import { type OptionSpec, optionSpecs } from '../../src/config/options/option-specs.ts';
import { code, pageOf, sentence, table } from './markdown.ts';

/** Every option of a rollout and of `drain serve`, by what it is about. */
export function optionsPage(): string {
  const specs: readonly OptionSpec[] = [...optionSpecs, ...serveOptionSpecs];
  const parts = Object.entries(partHeadings).map(([part, heading]) => ({
    heading: heading.replace(/:$/, ''),
    list: specs.filter((spec) => spec.part === part),
  }));
  return pageOf(
    'Options',
    'Each stands in plan files and under `defaults` of the config file as well, under the name in the second column. Durations are `90s`, `5m`, `1h30m`. Lists can be repeated, and add up.',
    [
      ...parts
        .filter(({ list }) => list.length > 0)
        .map(({ heading, list }) => [
          `## ${heading}`,
          '',
          ...table(['option', 'in files', 'meaning'], list.map(rowOf)),
        ]),
      [
        '## Options of single commands',
        '',
        `${optionsOfAll(commandTable)
          .filter(({ part }) => part === 'own')
          .map(({ flags }) => code(flags))
          .join(', ')}: under [the command](commands.md) that takes them.`,
        '',
      ],
    ],
  );
}

const rowOf = ({
  name,
  flags,
  help,
  kind,
  variable,
  commandLineOnly,
}: OptionSpec): readonly string[] => [
  code(flags),
  commandLineOnly ? 'no' : code(kind === 'flag' ? `${name}: true` : name),
  `${sentence(help)}${variable === undefined ? '' : `. Also ${code(variable)} in the environment`}`,
];
