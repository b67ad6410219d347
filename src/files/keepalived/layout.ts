import type { Block, Conf, Statement } from './tree.ts';

/** A text between two places of a file, in the place of what was there. */
export interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** A block with its keyword. */
export interface Written {
  readonly statement: Statement;
  readonly block: Block;
}

type Lines = readonly (string | readonly string[])[];

/** The end of the line in which a place is: that of the file where the line has none. */
export function lineEndAt(text: string, at: number): string {
  const newline = text.indexOf('\n', at);
  const end = newline < 0 ? text.indexOf('\n') : newline;
  return end > 0 && text[end - 1] === '\r' ? '\r\n' : '\n';
}

/** The blanks in front of the first thing on a line. */
export function indentOf({ text }: Conf, at: number): string {
  const start = text.lastIndexOf('\n', at - 1) + 1;
  return /^[ \t]*/.exec(text.slice(start, at))?.[0] ?? '';
}

/** Where the line begins, where nothing but blanks stands in front of a place. */
export function beginOfLine({ text }: Conf, at: number): number | undefined {
  const start = text.lastIndexOf('\n', at - 1) + 1;
  return /^[ \t]*$/.test(text.slice(start, at)) ? start : undefined;
}

/** Past the blanks and the comment behind a place, where nothing else stands on the line. */
export function pastLine({ tokens, text }: Conf, at: number): number {
  let past = at;
  for (let index = firstAfter(tokens, at); index < tokens.length; index++) {
    const token = tokens[index];
    if (!token || token.kind === 'line-end') return past;
    if (token.kind !== 'blank' && token.kind !== 'comment') return at;
    past = token.end;
  }
  return text.length;
}

/** The index of the first token that begins at a place or later. */
function firstAfter(tokens: Conf['tokens'], at: number): number {
  let [low, high] = [0, tokens.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((tokens[middle]?.start ?? 0) < at) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The blanks in front of what stands in a block: its own first line's, or some more than its keyword's. */
export function insideIndent(conf: Conf, { block, statement }: Written): string {
  for (const item of block.items) {
    const at = item.kind === 'odd' ? item.token.start : (item.words[0]?.start ?? 0);
    if (beginOfLine(conf, at) !== undefined) return indentOf(conf, at);
  }
  const outer = indentOf(conf, statement.words[0]?.start ?? 0);
  return `${outer}${outer.startsWith('\t') ? '\t' : '  '}`;
}

/** Puts lines at the begin of a block; those of an inner list are one step further in. */
export function inside(conf: Conf, written: Written, lines: string | Lines): Splice {
  const { block } = written;
  const indent = insideIndent(conf, written);
  const outer = indentOf(conf, written.statement.words[0]?.start ?? 0);
  const step = indent.startsWith(outer) && indent !== outer ? indent.slice(outer.length) : '  ';
  const lineEnd = lineEndAt(conf.text, block.open.start);
  const at = pastLine(conf, block.open.end);
  const put = (typeof lines === 'string' ? [lines] : lines)
    .flatMap((line) => (typeof line === 'string' ? [line] : line.map((one) => step + one)))
    .map((line) => `${lineEnd}${indent}${line}`)
    .join('');
  const isAlone = /^(\r*\n|$)/.test(conf.text.slice(at));
  // What stood behind the brace goes on, on a line of its own.
  const closes = block.items.length === 0;
  const rest = isAlone ? '' : lineEnd + (closes ? outer : indent);
  const end = isAlone ? at : pastBlanks(conf.text, at);
  return { start: at, end, text: put + rest };
}

function pastBlanks(text: string, from: number): number {
  let at = from;
  while (text[at] === ' ' || text[at] === '\t') at++;
  return at;
}

/** Makes all splices of one text, which do not overlap. */
export function spliced(text: string, splices: readonly Splice[]): string {
  let made = text;
  for (const { start, end, text: put } of splices.toSorted((a, b) => b.start - a.start))
    made = made.slice(0, start) + put + made.slice(end);
  return made;
}
