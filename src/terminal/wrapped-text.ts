import { columnsOf } from '../reporters/text/columns.ts';
import { wrapWords } from '../reporters/text/wrap-words.ts';

/** What is no sentence: JSON, a page, a command of GitHub's runner; and what moves the cursor itself. */
const notForPeople = /^\s*(?:\{|<[!a-z]|::|##\[)|[\r\t]/i;
const colours = new RegExp(`${'\u001b'}\\[[0-9;]*m`, 'g');

/** The start of a line below which the rest of it hangs: the time of a log line, a label, a mark. */
const label =
  /^ *(?:(?:\d{4}-\d\d-\d\d )?\d\d:\d\d:\d\d +|[a-z][a-z ]{0,9}: +|(?:[!·✔✖⏸→.+x=>#-]|ok|warning|error) +)/;

/**
 * A text for a terminal of `columns` columns, its long lines broken between words and the rest of each
 * set in; words and printed commands stay whole.
 */
export function wrappedText(text: string, columns: number): string {
  return text
    .split('\n')
    .map((line) => (isWithin(line, columns) ? line : wrappedLine(line, columns)))
    .join('\n');
}

/** Nothing is wider than two columns, so that most lines need not be measured. */
const isWithin = (line: string, columns: number): boolean =>
  2 * line.length <= columns || columnsOf(line) <= columns;

function wrappedLine(line: string, columns: number): string {
  if (notForPeople.test(line)) return line;
  const bare = line.replace(colours, '');
  const [indent = ''] = /^ */.exec(line) ?? [];
  const hanging = label.exec(bare)?.[0];
  const rest = hanging === undefined ? indent.length + 4 : columnsOf(hanging);
  return wrapWords(line.slice(indent.length), {
    columns,
    first: indent,
    // Of a narrow terminal most stays for the words.
    rest: ' '.repeat(Math.min(rest, Math.floor(columns / 3))),
  }).join('\n');
}
