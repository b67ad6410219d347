/** A stretch of a text that no line end may come into, and the spaces before it. */
export interface UnbrokenWord {
  readonly blank: string;
  readonly word: string;
}

/**
 * What may follow in a command: its name, the value of an option, or one more word that is none of a
 * sentence; `all` behind `--`. Nothing outside of a command.
 */
type Expected = 'name' | 'value' | 'operand' | 'all' | undefined;

const inCode = /[^ `]*`[^`]*`[^ ]*/y;
/** A word as shellWord writes it, with the sentence's sign behind it. */
const inShell = /(?:\$'(?:[^'\\]|\\.)*'|'[^']*'|\\.|[^ '\\])+(?= |$)/y;
const plain = /[^ ]+/y;
const spaces = / */y;

const option = /^-{1,2}[a-z]/i;
const operand = /[\d/='"$[]|^[A-Z_]+\W*$/;
const drain = /^[('"[]*drain$/;
const commandName = /^ +(?:-|[a-z])/;
const isEnd = (word: string): boolean => /[,;:.)`]$/.test(word);

/**
 * The words of a text. A command that is to be pasted is one word: what stands between backquotes, what
 * begins with `drain NAME`, and an option with the words around it. Rather one word of the sentence too
 * many than one of the command too few.
 */
export function unbrokenWords(text: string): readonly UnbrokenWord[] {
  const found: { blank: string; word: string }[] = [];
  let expected: Expected;
  let before = '';
  let at = 0;
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const taken = pattern.exec(text)?.[0];
    at += taken?.length ?? 0;
    return taken;
  };
  for (;;) {
    const blank = take(spaces) ?? '';
    const word = take(inCode) ?? (expected && take(inShell)) ?? take(plain);
    if (word === undefined) return found;
    const last = found.at(-1);
    if (last && isJoined(word, expected, before)) last.word += blank + word;
    else found.push({ blank, word });
    expected = expectedAfter(word, expected, text, at);
    before = word;
  }
}

function isJoined(word: string, expected: Expected, before: string): boolean {
  if (option.test(word)) return !isEnd(before);
  if (word.startsWith('%')) return true;
  return expected === 'operand' ? word === '--' || operand.test(word) : expected !== undefined;
}

function expectedAfter(word: string, expected: Expected, text: string, at: number): Expected {
  if (expected === 'all' || (expected && word === '--')) return 'all';
  if (expected === undefined && drain.test(word)) {
    return commandName.test(text.slice(at, at + 3)) ? 'name' : undefined;
  }
  if (isEnd(word)) return undefined;
  if (option.test(word)) return word.includes('=') ? 'operand' : 'value';
  if (expected === 'operand') return operand.test(word) ? 'operand' : undefined;
  return expected && 'operand';
}
