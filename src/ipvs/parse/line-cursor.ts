/** Character codes of a text. Reading these is several times faster than `charCodeAt`. */
export type Codes = Uint8Array | Uint16Array;

/** How much of a text is held as codes at a time. */
const blockLength = 65_536;
let scratch: Buffer | undefined;

/** Good until the next call. A zero follows the last code, so that no reader runs past the end. */
function codesOf(text: string): Codes {
  const isLatin1 = !/[^\0-\xff]/.test(text);
  if (isLatin1 && text.length <= blockLength) {
    scratch ??= Buffer.allocUnsafeSlow(blockLength + 1);
    scratch[scratch.write(text, 'latin1')] = 0;
    return scratch.subarray(0, text.length + 1);
  }
  const codes = new Uint16Array(text.length + 1);
  for (let at = 0; at < text.length; at++) codes[at] = text.charCodeAt(at);
  return codes;
}

const space = 32;
const tab = 9;
const carriageReturn = 13;
const zero = 48;
const nine = 57;

/**
 * A cursor over a text, line by line and word by word. It makes no string until it is asked for one.
 * The text is taken in blocks of whole lines, so that a listing of 7 MB needs no second one of codes;
 * every index is one in the block that the line is in, and one cursor is read at a time.
 */
export class LineCursor {
  /** The block. */
  text = '';
  codes: Codes = codesOf('');
  /** Counted from 1. */
  lineNumber = 0;
  lineStart = 0;
  lineEnd = -1;
  /** The word under the cursor: `text.slice(start, end)`. */
  start = 0;
  end = 0;

  readonly #whole: string;
  /** Where the next block begins. */
  #blockEnd = 0;

  constructor(text: string) {
    this.#whole = text;
  }

  /** Moves before the first word of the next line; `false` at the end of the text. */
  nextLine(): boolean {
    if (this.lineEnd + 1 >= this.text.length && !this.#nextBlock()) return false;
    const start = this.lineEnd + 1;
    const newline = this.text.indexOf('\n', start);
    this.lineStart = start;
    this.lineEnd = newline < 0 ? this.text.length : newline;
    this.lineNumber++;
    this.start = start;
    this.end = start;
    return true;
  }

  #nextBlock(): boolean {
    const [whole, start] = [this.#whole, this.#blockEnd];
    if (start >= whole.length) return false;
    const lastNewline = whole.lastIndexOf('\n', start + blockLength - 1);
    const newline = lastNewline >= start ? lastNewline : whole.indexOf('\n', start);
    this.#blockEnd = newline < 0 ? whole.length : newline + 1;
    this.text = whole.slice(start, this.#blockEnd);
    this.codes = codesOf(this.text);
    this.lineEnd = -1;
    return true;
  }

  /** Passes over the next line, which was read without this cursor: its newline is at `lineEnd`. */
  passLine(lineEnd: number): void {
    this.lineStart = this.lineEnd + 1;
    this.lineEnd = lineEnd;
    this.lineNumber++;
    this.start = lineEnd;
    this.end = lineEnd;
  }

  /** Moves to the next word of this line; `false` when there is none. */
  nextWord(): boolean {
    const { codes, lineEnd } = this;
    let at = this.end;
    while (at < lineEnd && isBlank(codes[at] ?? space)) at++;
    this.start = at;
    while (at < lineEnd && !isBlank(codes[at] ?? space)) at++;
    this.end = at;
    return at > this.start;
  }

  /** The word under the cursor. */
  word(): string {
    return this.text.slice(this.start, this.end);
  }

  /** The next word, or `''`. */
  takeWord(): string {
    return this.nextWord() ? this.word() : '';
  }

  is(word: string): boolean {
    return this.end - this.start === word.length && this.codesAre(word, this.start);
  }

  /** `text.startsWith(part, at)`, without the cost of the call. */
  codesAre(part: string, at: number): boolean {
    const { codes } = this;
    for (let offset = 0; offset < part.length; offset++) {
      if (codes[at + offset] !== part.charCodeAt(offset)) return false;
    }
    return true;
  }

  /** The next word as a whole number of 0...4294967295, or -1 when it is none. */
  takeUint(): number {
    if (!this.nextWord()) return -1;
    return this.uintOf(this.start, this.end);
  }

  uintOf(start: number, end: number): number {
    if (end <= start || end - start > 10) return -1;
    const { codes } = this;
    let value = 0;
    for (let at = start; at < end; at++) {
      const code = codes[at] ?? 0;
      if (code < zero || code > nine) return -1;
      value = value * 10 + (code - zero);
    }
    return value <= 0xffffffff ? value : -1;
  }

  /** True when the line has no further word. */
  atLineEnd(): boolean {
    return !this.nextWord();
  }

  line(): string {
    return this.text.slice(this.lineStart, this.lineEnd);
  }
}

/** Other control characters are no blanks: they spoil the word they are in. */
function isBlank(code: number): boolean {
  return code <= space && (code === space || code === tab || code === carriageReturn);
}
