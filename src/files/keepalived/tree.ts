import { type Token, tokensOf } from './tokens.ts';

/** A keyword with what stands behind it, and its block where it has one. */
export interface Statement {
  readonly kind: 'statement';
  readonly words: readonly Token[];
  /** `@main`, where it stands in front. */
  readonly condition?: Token | undefined;
  readonly block?: Block | undefined;
}

/** A line that stands for others: an include, a definition, a repetition, or one of another director. */
export interface OddLine {
  readonly kind: 'odd';
  readonly token: Token;
}

export interface Block {
  readonly open: Token;
  readonly close: Token;
  readonly items: readonly (Statement | OddLine)[];
}

/** What is wrong with the braces or the lines of a text, and where. */
export interface Fault {
  readonly what:
    | 'opens-nothing'
    | 'closes-nothing'
    | 'never-closed'
    | 'uneven-definition'
    | 'too-long';
  readonly at: number;
}

/** A text of keepalived.conf(5) as its blocks. */
export interface Conf {
  readonly text: string;
  readonly tokens: readonly Token[];
  readonly items: readonly (Statement | OddLine)[];
  readonly faults: readonly Fault[];
}

type Item = Statement | OddLine;

interface OpenBlock {
  readonly open: Token;
  readonly items: Item[];
  /** The statement whose block it is. */
  readonly of: { words: Token[]; condition: Token | undefined };
}

/** The blocks of a text of keepalived.conf(5), as the director with that id (keepalived's `-i`) reads it. */
export function parseConf(text: string, configId: string): Conf {
  const tokens = tokensOf(text, configId);
  const faults: Fault[] = [];
  const items: Item[] = [];
  const stack: OpenBlock[] = [];
  const into = (): Item[] => stack.at(-1)?.items ?? items;
  let words: Token[] = [];
  let condition: Token | undefined;
  const endStatement = (): void => {
    if (words.length > 0) into().push({ kind: 'statement', words, condition });
    words = [];
    condition = undefined;
  };
  for (const token of tokens) {
    switch (token.kind) {
      case 'word':
        words.push(token);
        break;
      case 'condition':
        condition = token;
        break;
      case 'line-end':
        endStatement();
        break;
      case 'open': {
        endStatement();
        const named = into().pop();
        if (named?.kind === 'statement' && !named.block) {
          stack.push({
            open: token,
            items: [],
            of: { words: [...named.words], condition: named.condition },
          });
          break;
        }
        if (named) into().push(named);
        faults.push({ what: 'opens-nothing', at: token.start });
        stack.push({ open: token, items: [], of: { words: [], condition: undefined } });
        break;
      }
      case 'close': {
        endStatement();
        const ended = stack.pop();
        if (!ended) faults.push({ what: 'closes-nothing', at: token.start });
        else into().push(statementOf(ended, token));
        break;
      }
      case 'include':
      case 'definition':
      case 'repeat':
      case 'skipped':
        endStatement();
        into().push({ kind: 'odd', token });
        break;
      default:
    }
  }
  endStatement();
  for (const left of stack.toReversed()) {
    faults.push({ what: 'never-closed', at: left.open.start });
    const parent = stack[stack.indexOf(left) - 1]?.items ?? items;
    parent.push(statementOf(left, { kind: 'close', start: text.length, end: text.length }));
  }
  faults.push(...unevenDefinitions(text, tokens), ...tooLongLines(text));
  return { text, tokens, items, faults: faults.toSorted((a, b) => a.at - b.at) };
}

const statementOf = ({ open, items, of }: OpenBlock, close: Token): Statement => ({
  kind: 'statement',
  ...of,
  block: { open, close, items },
});

/** Definitions that open what they do not close: what is inside of what depends on where they are used. */
function unevenDefinitions(text: string, tokens: readonly Token[]): readonly Fault[] {
  const faults: Fault[] = [];
  let start: number | undefined;
  let depth = 0;
  const end = (): void => {
    if (start !== undefined && depth !== 0) faults.push({ what: 'uneven-definition', at: start });
    start = undefined;
    depth = 0;
  };
  for (const token of tokens) {
    if (token.kind === 'definition') {
      const own = text.slice(token.start, token.end).replace(/"[^"]*"|\$\{[^}]*\}/g, '');
      if (start === undefined || /^\$\w+=/.test(own)) {
        if (depth === 0) end();
        start ??= token.start;
      }
      depth += own.split('{').length - own.split('}').length;
      if (!own.endsWith('\\')) end();
    } else if (!['blank', 'comment', 'line-end', 'condition'].includes(token.kind)) end();
  }
  end();
  return faults;
}

/** keepalived reads the rest of a line of more bytes, with its end, as a line of its own. */
const mostBytes = 1023;

const tooLongLines = (text: string): readonly Fault[] =>
  [...text.matchAll(/[^\n]{1023}(?!$)/g)]
    .filter(({ index }) => index === 0 || text[index - 1] === '\n')
    .map(({ index }) => ({ what: 'too-long', at: index + mostBytes }));

/** A token's own text. */
export const textOf = ({ text }: Pick<Conf, 'text'>, { start, end }: Token): string =>
  text.slice(start, end);

/** Line and column of a place in a text, both counted from 1; a column is a byte's. */
export function lineAndColumn(
  text: string,
  at: number,
): { readonly line: number; readonly column: number } {
  const before = text.slice(0, at);
  const lines = before.split('\n');
  return { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 };
}

/** All statements and odd lines in a block, at any depth. */
export function* within(items: readonly Item[]): Generator<Item> {
  for (const item of items) {
    yield item;
    if (item.kind === 'statement' && item.block) yield* within(item.block.items);
  }
}
