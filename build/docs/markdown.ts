/** A page of the docs that is made, with its path in the repository. */
export interface MadePage {
  readonly path: string;
  readonly text: string;
}

/** A text as prose of Markdown: no letter of it is markup. */
export const prose = (text: string): string =>
  text.replace(/[|\\`*<>[\]]/g, '\\$&').replace(/\s+/g, ' ');

/** A text as code in a line; in a table a bar is escaped as well. */
export const code = (text: string): string => {
  const quotes = text.includes('`') ? '``' : '`';
  return `${quotes}${text.replaceAll('|', '\\|')}${quotes}`;
};

/** What is set apart from prose: URLs with placeholders, options, variables, placeholders. */
const literal =
  /(\bhttps?:\/\/\S*\{\S*[^\s,;.)]|(?<![\w-])--?[a-z][\w-]*|\bDRAIN_[A-Z_]+\b|\{\w+\})/;

/** A sentence of a help as Markdown. */
export const sentence = (text: string): string =>
  text
    .split(literal)
    .map((part, i) => (i % 2 === 1 ? code(part) : prose(part)))
    .join('');

export function table(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
): readonly string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(headings), `|${headings.map(() => '---').join('|')}|`, ...rows.map(line), ''];
}

export const script = (lines: readonly string[]): readonly string[] => [
  '```sh',
  ...lines,
  '```',
  '',
];

/** A whole page: its title, where it is from, and its parts. */
export const pageOf = (
  title: string,
  about: string,
  parts: readonly (readonly string[])[],
): string =>
  `${[
    `# ${title}`,
    '',
    '<!-- Made by `npm run docs` from what the command itself reads. -->',
    '',
    about,
    '',
    ...parts.flat(),
  ]
    .join('\n')
    .trimEnd()}\n`;
