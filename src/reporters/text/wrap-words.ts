import { columnsOf } from './columns.ts';
import { unbrokenWords } from './unbroken-words.ts';

export interface WrapOptions {
  readonly columns: number;
  /** Text before the first line, such as `! `. */
  readonly first?: string;
  /** Spaces before every other line; as many as `first` is wide unless given. */
  readonly rest?: string;
}

/** The indent of words that have no room at that of the rest, as far as there is room for this one. */
const shifted = 4;

/**
 * A sentence as lines of at most `columns`, broken between words. A word that is longer, and a command
 * that is to be pasted, stays in one piece: the terminal breaks it, and gives it back whole.
 */
export function wrapWords(text: string, options: WrapOptions): readonly string[] {
  const { columns, first = '' } = options;
  const indent = columnsOf(options.rest ?? first);
  const lines: string[] = [];
  let line = first;
  let taken = columnsOf(first);
  for (const { blank, word } of unbrokenWords(text)) {
    const width = columnsOf(word);
    // What fits into a line at all may stand further left than the rest.
    const isShifted = width <= columns && indent + width > columns;
    const start = isShifted ? Math.min(shifted, indent, columns - width) : indent;
    if (taken + blank.length + width > columns && taken + blank.length > start) {
      if (line.trim() !== '') lines.push(line);
      line = ' '.repeat(start) + word;
      taken = start + width;
    } else {
      line += blank + word;
      taken += blank.length + width;
    }
  }
  return [...lines, line];
}
