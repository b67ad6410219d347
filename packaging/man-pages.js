import { build } from 'esbuild';
import { manifest, root, sourceDate } from './facts.js';

/** A page for drain and one for each command, from the table of commands: `[{ file, text }]`. */
export async function manPages() {
  const { commandTable, optionParts, exitCodeTexts, variablesOf } = await loadTable();
  const commands = commandTable.groups.flatMap((group) => group.commands);
  return [commandTable.mainForm, ...commands].map((row) => ({
    file: `${titleOf(row)}.1`,
    text: page(row, { optionParts, exitCodeTexts, variablesOf, commandTable }),
  }));
}

/** The table is TypeScript, which Node 20 does not read. */
async function loadTable() {
  const { outputFiles } = await build({
    stdin: {
      contents: `
        export { commandTable } from './src/commands/program.ts';
        export { exitCodeTexts } from './src/commands/command-line/command.ts';
        export { optionParts } from './src/commands/command-line/help.ts';
        export { variablesOf } from './src/commands/command-line/variables.ts';
      `,
      resolveDir: root,
    },
    bundle: true,
    format: 'esm',
    platform: 'node',
    external: ['drain-page-script'],
    write: false,
    logLevel: 'error',
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire('/');",
    },
  });
  return import(
    `data:text/javascript;base64,${Buffer.from(outputFiles[0].text).toString('base64')}`
  );
}

const titleOf = ({ name }) => (name === undefined ? 'drain' : `drain-${name.replace(' ', '-')}`);
const callOf = ({ name }) => (name === undefined ? 'drain' : `drain ${name}`);

/** man(7): the form that man-db and mandoc both read. */
function page(row, { optionParts, exitCodeTexts, variablesOf, commandTable }) {
  const isMain = row.name === undefined;
  const date = new Date(sourceDate() * 1000).toISOString().slice(0, 10);
  const words = (row.arguments ?? []).map(({ placeholder }) => placeholder);
  const call = isMain
    ? 'drain --from OLD --to NEW [--over 5m] [options]'
    : [callOf(row), '[options]', ...words, ...(row.takesCommand ? ['-- COMMAND'] : [])].join(' ');
  const synopsis = isMain ? [call, '.br', 'drain COMMAND [options]'] : [call];
  const parts = optionParts(row).filter(({ list }) => list.length > 0);
  return [
    `.TH ${titleOf(row).toUpperCase()} 1 ${date} "drain ${manifest.version}" "User Commands"`,
    '.SH NAME',
    `${titleOf(row)} \\- ${roff(row.summary)}`,
    '.SH SYNOPSIS',
    ...synopsis.map((line) => (line === '.br' ? line : `.B ${roff(line)}`)),
    '.SH DESCRIPTION',
    roff(row.description ?? sentence(row.summary)),
    ...(row.notes ?? []).flatMap((note) => ['.PP', roff(note)]),
    ...(isMain ? ['.SH COMMANDS', ...commandTable.groups.flatMap(groupLines)] : []),
    ...parts.flatMap(({ heading, list }) => [
      `.SH ${roff(heading.replace(/:$/, '').toUpperCase())}`,
      ...list.flatMap(({ term, text }) => item(term, text)),
    ]),
    ...(row.exitCodes
      ? [
          '.SH EXIT STATUS',
          ...row.exitCodes.flatMap((code) => item(`${code}`, exitCodeTexts[code])),
        ]
      : []),
    '.SH ENVIRONMENT',
    ...variablesOf(row).flatMap(({ term, text }) => item(term, text)),
    ...(row.examples
      ? ['.SH EXAMPLES', '.nf', ...row.examples.flatMap((one) => [roff(one)]), '.fi']
      : []),
    '.SH SEE ALSO',
    isMain ? '.BR ipvsadm (8)' : '.BR drain (1),\n.BR ipvsadm (8)',
    '',
  ].join('\n');
}

const groupLines = ({ heading, commands }) => [
  `.SS ${roff(heading.replace(/:$/, ''))}`,
  ...commands.flatMap((row) => item(`${titleOf(row)}(1)`, row.summary)),
];

const item = (term, text) => ['.TP', `.B ${roff(term)}`, roff(text)];

const sentence = (phrase) => `${phrase.charAt(0).toUpperCase()}${phrase.slice(1)}.`;

/** Text as roff shows it to the letter: hyphens that can be copied, and no line that is a request. */
const roff = (text) =>
  text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^(?=[.'])/gm, '\\&')
    .replaceAll("'", '\\(aq')
    .replaceAll('"', '\\(dq')
    .replaceAll('~', '\\(ti')
    .replaceAll('^', '\\(ha');
