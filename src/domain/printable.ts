/**
 * A text from outside as one line that is safe to show: control characters and escape sequences,
 * invisible and direction-changing characters become visible, and what is too long is cut.
 * `"\x1b[31mred\n"` becomes `\x1b[31mred\x0a`; `printable('abcdef', 3)` is `abc…`.
 */
export function printable(text: string, maxLength = 200): string {
  const kept = text.slice(0, maxLength);
  // A set of Unicode properties takes milliseconds to compile, and nearly every text is plain.
  const visible = plain.test(kept) ? kept : kept.replace(unprintable, escapeSequence);
  return text.length > maxLength ? `${visible}…` : visible;
}

const plain = /^[ -~]*$/;

/** C0, C1, DEL; line and paragraph separators, zero-width and bidirectional controls; lone surrogates. */
const unprintable = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

function escapeSequence(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code > 0xffff) return `\\u{${code.toString(16)}}`;
  if (code > 0xff) return `\\u${code.toString(16).padStart(4, '0')}`;
  return `\\x${code.toString(16).padStart(2, '0')}`;
}

/**
 * The stderr of a command as one sentence: its lines, each made printable, joined by `; `. `"No
 * such destination\n\nNo such service\n"` becomes `No such destination; No such service`.
 */
export function printableLines(text: string, maxLength = 300): string {
  // Cut first: a command gone wild may have written megabytes.
  const lines = text.slice(0, 4 * maxLength).split('\n');
  const kept = lines.map((line) => line.trim()).filter((line) => line !== '');
  return printable(kept.join('; '), maxLength);
}

/** `a, b, c and 7 more`; `nothing` for an empty list. Long tables must not fill a terminal. */
export function shortList(items: readonly (string | number)[], most = 6, separator = ', '): string {
  if (items.length === 0) return 'nothing';
  const shown = items.slice(0, most).join(separator);
  return items.length > most ? `${shown} and ${items.length - most} more` : shown;
}
