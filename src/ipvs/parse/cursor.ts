import {
  type Codes,
  type Column,
  isBlank,
  isEnd,
  newline,
  type Scanned,
  scanColumns,
  standsAt,
} from './scan.ts';

/** The length of text that is held as codes at a time. */
const blockLength = 65_536;
let scratch: Buffer | undefined;

/**
 * The codes of a text, good until the next call. A zero follows the last code, so that no reader
 * runs past the end.
 */
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

/**
 * A cursor over a text, line by line and word by word. The cursor reads words in one pass, without
 * a string but the one asked for; words of another kind stay. The text is held in blocks of whole
 * lines, so that a listing of 7 MB needs no second one of codes; one cursor is read at a time.
 */
export class Cursor {
  /** The number of the line, counted from 1. */
  lineNumber = 0;
  /** The columns that were taken last. */
  readonly scanned: Scanned = {
    start: 0,
    portStart: 0,
    end: 0,
    port: 0,
    forwarding: 'masq',
    tunnel: undefined,
    numbers: [0, 0, 0, 0, 0],
  };

  readonly #whole: string;
  /** The index where the next block begins. */
  #blockEnd = 0;
  /** The text of the block, to which every index refers. */
  #text = '';
  #codes: Codes = codesOf('');
  #lineStart = 0;
  /** The index of the cursor, in the middle of a line or at its newline. */
  #at = -1;

  constructor(text: string) {
    this.#whole = text;
  }

  /** Moves from the end of a line to the next one; `false` at the end of the text. */
  nextLine(): boolean {
    if (this.#at + 1 < this.#text.length) this.#at++;
    else if (!this.#nextBlock()) return false;
    this.#lineStart = this.#at;
    this.lineNumber++;
    return true;
  }

  #nextBlock(): boolean {
    const [whole, start] = [this.#whole, this.#blockEnd];
    if (start >= whole.length) return false;
    const lastNewline = whole.lastIndexOf('\n', start + blockLength - 1);
    const end = lastNewline >= start ? lastNewline : whole.indexOf('\n', start);
    this.#blockEnd = end < 0 ? whole.length : end + 1;
    this.#text = whole.slice(start, this.#blockEnd);
    this.#codes = codesOf(this.#text);
    this.#at = 0;
    return true;
  }

  /** The whole line, wherever in it the cursor is. */
  line(): string {
    return this.#text.slice(this.#lineStart, this.#lineEnd());
  }

  #lineEnd(): number {
    const codes = this.#codes;
    let end = this.#at;
    while (end < this.#text.length && codes[end] !== newline) end++;
    return end;
  }

  /** Tells whether the line has no newline, so that more of it may have been meant to follow. */
  isCutOff(): boolean {
    return this.#lineEnd() === this.#text.length;
  }

  /** The whole line; the cursor moves to its end. */
  takeLine(): string {
    const line = this.line();
    this.#at = this.#lineEnd();
    return line;
  }

  /** Moves behind the rest of the line if that is `text`, and tells whether it is. */
  takesRest(text: string): boolean {
    const end = this.#at + text.length;
    if (this.#codes[end] !== newline || !standsAt(this.#codes, this.#at, text)) return false;
    this.#at = end;
    return true;
  }

  /** The rest of the line; the cursor stays. */
  rest(): string {
    return this.#text.slice(this.#at, this.#lineEnd());
  }

  /** The index where the next word begins, or the line ends. */
  #wordAt(): number {
    const codes = this.#codes;
    let at = this.#at;
    while (isBlank(codes[at])) at++;
    return at;
  }

  /** Moves to the next word of the line; `false` when there is none. */
  toWord(): boolean {
    this.#at = this.#wordAt();
    return this.#codes[this.#at] !== newline && this.#at < this.#text.length;
  }

  /** Tells whether the line has no further word; the cursor moves to its newline. */
  atLineEnd(): boolean {
    this.#at = this.#wordAt();
    return this.#codes[this.#at] === newline;
  }

  /** Tells whether the next words begin with `start`, whatever follows. */
  startsWith(start: string): boolean {
    return standsAt(this.#codes, this.#wordAt(), start);
  }

  /** Moves behind the next words if they are `words`, and tells whether they are. */
  takes(words: string): boolean {
    const start = this.#wordAt();
    const end = start + words.length;
    if (!standsAt(this.#codes, start, words) || !isEnd(this.#codes[end])) return false;
    this.#at = end;
    return true;
  }

  /** The next word, or `''`. */
  takeWord(): string {
    const word = this.peekWord();
    this.#at = this.#wordAt() + word.length;
    return word;
  }

  /** The next word, or `''`; the cursor stays. */
  peekWord(): string {
    const codes = this.#codes;
    const start = this.#wordAt();
    let end = start;
    while (end < this.#text.length && !isEnd(codes[end])) end++;
    return this.#text.slice(start, end);
  }

  /** Takes the next words as these columns, or returns the first that does not fit and stays. */
  takeColumns(columns: readonly Column[]): Column | undefined {
    const end = scanColumns(this.#codes, this.#at, columns, this.scanned);
    if (end < 0) return columns[-1 - end];
    this.#at = end;
    return undefined;
  }

  /** The next word as a whole number in 0...4294967295, or -1. */
  takeUint(): number {
    return this.takeColumns(['uint']) === undefined ? (this.scanned.numbers[0] ?? -1) : -1;
  }

  /** The `ADDRESS:PORT` that was scanned last, as the text spells it. */
  place(): string {
    return this.#text.slice(this.scanned.start, this.scanned.end);
  }

  /** The address of the place, without brackets. */
  address(): string {
    const { start, portStart } = this.scanned;
    const bracket = this.#text.charAt(start) === '[' ? 1 : 0;
    return this.#text.slice(start + bracket, portStart - 1 - bracket);
  }
}
