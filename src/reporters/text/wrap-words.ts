import { columnsOf } from './columns.ts';

export interface WrapOptions {
  readonly columns: number;
  /** Text before the first line, such as `! `. */
  readonly first?: string;
  /** Text before every other line; spaces as wide as `first` unless given. */
  readonly rest?: string;
}

/** A sentence as lines of at most `columns`, broken between words, and within a word that is longer. */
export function wrapWords(text: string, options: WrapOptions): readonly string[] {
  const { columns, first = '' } = options;
  const rest = options.rest ?? ' '.repeat(columnsOf(first));
  const narrowest = Math.max(1, columns - Math.max(columnsOf(first), columnsOf(rest)));
  const lines: string[] = [];
  let line = first;
  let blank = '';
  for (const word of text.split(' ')) {
    for (const [index, piece] of pieces(word, narrowest).entries()) {
      const tooLong = columnsOf(line + blank + piece) > columns;
      if (index > 0 || (blank !== '' && tooLong)) {
        lines.push(line);
        line = rest + piece;
      } else {
        line += blank + piece;
      }
      blank = ' ';
    }
  }
  return [...lines, line];
}

function pieces(word: string, room: number): readonly string[] {
  if (columnsOf(word) <= room) return [word];
  const found: string[] = [];
  let piece = '';
  for (const character of word) {
    if (columnsOf(piece + character) > room && piece !== '') {
      found.push(piece);
      piece = '';
    }
    piece += character;
  }
  return [...found, piece];
}
