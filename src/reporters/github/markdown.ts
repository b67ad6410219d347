import { printable } from '../../domain/printable.ts';

/**
 * Text from outside in Markdown: it is read as it is, whatever it holds, wherever in a line it stands.
 * `maxLength` as of `printable`; `|` is the table's business.
 */
export const plainText = (text: string, maxLength = 300): string =>
  printable(text, maxLength)
    .replace(/[\\`*_[\]<>#!~&@$:]/g, '\\$&')
    // What begins a list or a heading, and what becomes a link by itself.
    .replace(/^(\s*\d*)([-+=.)])(?!\w)/, '$1\\$2')
    .replace(/www\./gi, (link) => link.replace('.', '\\.'));

/** Text from outside as code; what cannot be code within a table stays text. */
export function code(text: string, maxLength = 200): string {
  const shown = printable(text, maxLength);
  return shown === '' || /[`|\\]/.test(shown) ? plainText(text, maxLength) : `\`${shown}\``;
}

/** Commands as a block of code; texts from outside in them are `printable` already. */
export const codeBlock = (lines: readonly string[], language: 'sh' | 'text' = 'sh'): string =>
  [
    `\`\`\`${language}`,
    ...lines.map((line) => printable(line).replaceAll('```', "'''")),
    '```',
  ].join('\n');

export interface TableColumn {
  readonly title: string;
  readonly right?: true;
}

/** A table in Markdown; its cells are Markdown, too. */
export function table(
  columns: readonly TableColumn[],
  rows: readonly (readonly string[])[],
): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  const rule = `|${columns.map(({ right }) => (right ? '---:' : '---')).join('|')}|`;
  return [line(columns.map(({ title }) => title)), rule, ...rows.map(line)].join('\n');
}
