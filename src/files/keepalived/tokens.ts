/**
 * What a piece of keepalived.conf(5) is. `skipped`: a line whose condition is another director's.
 * `definition`: `$NAME=VALUE`, with the lines that go on from it. `repeat`: `~SEQ(…) …`, `~LST(…) …`.
 */
export type TokenKind =
  | 'word'
  | 'open'
  | 'close'
  | 'blank'
  | 'comment'
  | 'line-end'
  | 'condition'
  | 'skipped'
  | 'definition'
  | 'repeat'
  | 'include';

/** A piece of the text, from `start` up to but without `end`. */
export interface Token {
  readonly kind: TokenKind;
  readonly start: number;
  readonly end: number;
}

/**
 * Cuts a text of keepalived.conf(5) into tokens, by the rules of keepalived's own reader: a comment goes from
 * `#` or `!` to the end of its line unless it stands in double quotes or behind a backslash, a brace ends a
 * keyword's line wherever it stands, `@main …` counts where `configId` is `main`. The tokens joined are the
 * text again, to the byte, whatever it is.
 */
export function tokensOf(text: string, configId: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  let inDefinition = false;
  const push = (kind: TokenKind, end: number): void => {
    if (end > at) tokens.push({ kind, start: at, end });
    at = end;
  };
  while (at < text.length) {
    const newline = text.indexOf('\n', at);
    const next = newline < 0 ? text.length : newline + 1;
    let end = newline < 0 ? next : newline;
    while (end > at && text[end - 1] === '\r') end--;
    if (end === at) inDefinition = false;
    const { comment, goesOn } = commentIn(text, at, end);
    push('blank', pastBlanks(text, at, comment));
    const to = beforeBlanks(text, at, comment);
    if (to > at) {
      if (inDefinition) {
        push('definition', to);
        inDefinition = goesOn;
      } else inDefinition = readSegments(text, { at, to, configId, push }) && goesOn;
    }
    push('blank', comment);
    push('comment', end);
    push('line-end', next);
  }
  return tokens;
}

interface Segments {
  readonly at: number;
  readonly to: number;
  readonly configId: string;
  readonly push: (kind: TokenKind, end: number) => void;
}

/** Reads a line without its comment. Returns whether it defines something. */
function readSegments(text: string, { at, to, configId, push }: Segments): boolean {
  let from = at;
  while (from < to) {
    const whole = text.slice(from, to);
    const [condition] = /^@\S*/.exec(whole) ?? [];
    if (condition !== undefined && !holds(condition, { configId, isAlone: condition === whole })) {
      push('skipped', to);
      return false;
    }
    if (condition !== undefined) {
      push('condition', from + condition.length);
      from = pastBlanks(text, from + condition.length, to);
      push('blank', from);
    }
    const kind = wholeKind(condition === undefined ? whole : text.slice(from, to));
    if (kind) {
      push(kind, to);
      return kind === 'definition';
    }
    from = readSegment(text, { from, to, push });
    from = pastBlanks(text, from, to);
    push('blank', from);
  }
  return false;
}

/** Reads one brace, or the words up to the next one. Returns where it ends. */
function readSegment(
  text: string,
  { from, to, push }: { readonly from: number; readonly to: number } & Pick<Segments, 'push'>,
): number {
  const first = text[from];
  if (first === '{' || first === '}') {
    push(first === '{' ? 'open' : 'close', from + 1);
    return from + 1;
  }
  const end = braceIn(text, from, to);
  for (const { 0: word, index } of text.slice(from, end).matchAll(words)) {
    push('blank', from + index);
    push('word', from + index + word.length);
  }
  push('blank', end);
  return end;
}

/** Words stand between blanks; in double quotes, blanks are part of one. */
const words = /(?:"[^"]*(?:"|$)|[^\s"])+/g;

const macroBraces = /\$\{[A-Za-z_][A-Za-z0-9_]*[ 0-9]*\}/y;

/** The first brace that is neither in double quotes nor of a `${NAME}`. */
function braceIn(text: string, from: number, to: number): number {
  for (let at = from; at < to; at++) {
    const character = text[at];
    if (character === '{' || character === '}') return at;
    if (character === '"') {
      const end = text.indexOf('"', at + 1);
      if (end < 0 || end >= to) return to;
      at = end;
    } else if (character === '$') {
      macroBraces.lastIndex = at;
      const [macro] = macroBraces.exec(text) ?? [];
      if (macro !== undefined && at + macro.length <= to) at += macro.length - 1;
    }
  }
  return to;
}

/** What takes the rest of its line, braces and all. */
function wholeKind(text: string): 'definition' | 'repeat' | 'include' | undefined {
  if (/^\$[A-Za-z_][A-Za-z0-9_]*=/.test(text)) return 'definition';
  if (/^~(SEQ|LST)/.test(text)) return 'repeat';
  return /^include[rmwba]?[ \t]/.test(text) ? 'include' : undefined;
}

/** `@main` holds where the id is `main`, `@^main` everywhere else; with nothing behind it, a line says nothing. */
function holds(
  condition: string,
  { configId, isAlone }: { readonly configId: string; readonly isAlone: boolean },
): boolean {
  if (isAlone) return false;
  return condition[1] === '^' ? condition.slice(2) !== configId : condition.slice(1) === configId;
}

/**
 * Where the comment of a line begins, and whether the line ends with a backslash, which a comment's
 * end counts for too.
 */
function commentIn(
  text: string,
  from: number,
  end: number,
): { readonly comment: number; readonly goesOn: boolean } {
  let comment: number | undefined;
  let isQuoted = false;
  for (let at = from; at < end; at++) {
    const character = text[at];
    if (character === '\\') {
      if (at + 1 === end) return { comment: comment ?? end, goesOn: true };
      at++;
    } else if (comment !== undefined) continue;
    else if (character === '"') isQuoted = !isQuoted;
    else if (!isQuoted && (character === '#' || character === '!')) comment = at;
  }
  return { comment: comment ?? end, goesOn: false };
}

const isBlank = (character: string | undefined): boolean => character === ' ' || character === '\t';

function pastBlanks(text: string, from: number, to: number): number {
  let at = from;
  while (at < to && isBlank(text[at])) at++;
  return at;
}

function beforeBlanks(text: string, from: number, to: number): number {
  let at = to;
  while (at > from && isBlank(text[at - 1])) at--;
  return at;
}
