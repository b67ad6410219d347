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

/** The same as code; what cannot stand in code within a table is text. */
export function code(text: string, maxLength = 200): string {
  const shown = printable(text, maxLength);
  return shown === '' || /[`|\\]/.test(shown) ? plainText(text, maxLength) : `\`${shown}\``;
}

/** Commands in a block of their own. They are ours, but for what `printable` has made visible. */
export const codeBlock = (lines: readonly string[]): string =>
  ['```sh', ...lines.map((line) => printable(line).replaceAll('```', "'''")), '```'].join('\n');

export interface TableColumn {
  readonly title: string;
  readonly right?: true;
}

/** Cells are Markdown. */
export function table(
  columns: readonly TableColumn[],
  rows: readonly (readonly string[])[],
): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  const rule = `|${columns.map(({ right }) => (right ? '---:' : '---')).join('|')}|`;
  return [line(columns.map(({ title }) => title)), rule, ...rows.map(line)].join('\n');
}
