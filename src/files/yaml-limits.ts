import { CST, Lexer } from 'yaml';

/** The deepest nesting: recursion beyond it can end the process; plans and scenarios need five. */
const mostLevels = 100;

/** The most words, marks and escapes: more take minutes to parse; ten thousand names need fewer. */
const mostParts = 100_000;

export interface Excess {
  readonly why: string;
  readonly offset: number;
}

/**
 * Finds what of a YAML text is too much to parse, if anything is. The parser calls itself once a
 * level and makes an error object for each mistake, so a hostile megabyte would be its end;
 * splitting the text into tokens is cheap and knows no levels.
 */
export function findExcess(text: string): Excess | undefined {
  let offset = 0;
  let parts = 0;
  let flowLevels = 0;
  /** The block levels of the current line, each further right than the one around it. */
  let blockLevels = 0;
  const tooDeep = () => ({ why: `it is nested deeper than ${mostLevels} levels`, offset });
  let isScalar = false;
  for (const token of new Lexer().lex(text)) {
    parts += 1 + escapesIn(token);
    // What follows the mark of a scalar is its text, whatever it looks like.
    const type: ReturnType<typeof CST.tokenType> | undefined = isScalar
      ? undefined
      : CST.tokenType(token);
    isScalar = type === 'scalar';
    switch (type) {
      case undefined:
      case null:
        if (token.endsWith('\n')) blockLevels = 0;
        break;
      case 'doc-mode':
      case 'flow-error-end':
      case 'scalar':
        // Marks of the lexer, which stand for no character of the text.
        continue;
      case 'newline':
        blockLevels = 0;
        break;
      case 'space':
        if (blockLevels === 0) blockLevels = token.length;
        break;
      case 'seq-item-ind':
      case 'explicit-key-ind':
      case 'map-value-ind':
        if (flowLevels === 0 && ++blockLevels > mostLevels) return tooDeep();
        break;
      case 'flow-map-start':
      case 'flow-seq-start':
        if (++flowLevels > mostLevels) return tooDeep();
        break;
      case 'flow-map-end':
      case 'flow-seq-end':
        flowLevels = Math.max(0, flowLevels - 1);
        break;
    }
    if (parts > mostParts) return { why: `it has more than ${mostParts} parts`, offset };
    offset += token.length;
  }
  return undefined;
}

/** Counts the escapes in double quotes, each of which may be a mistake of its own. */
const escapesIn = (token: string): number =>
  token.startsWith('"') ? token.split('\\').length - 1 : 0;
