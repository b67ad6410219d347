const escapeCharacter = '\u001b';
const colourCode = new RegExp(`(${escapeCharacter}\\[[0-9;]*m)`);

/** East Asian wide characters and emoji, near enough: a text may be taken for wider than it is, never narrower. */
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{16fe0}-\u{18d08}\u{1b000}-\u{1b2fb}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;
const noWidth = /\p{Mn}|\p{Me}|\p{Cf}/u;

/** How many columns of a terminal the text takes: `columnsOf('日本') = 4`; colour codes take none. */
export function columnsOf(text: string): number {
  let columns = 0;
  for (const part of text.split(colourCode)) {
    if (part.startsWith(escapeCharacter)) continue;
    for (const character of part) columns += widthOf(character);
  }
  return columns;
}

function widthOf(character: string): number {
  if (character < '\u0300') return 1;
  if (noWidth.test(character)) return 0;
  return wide.test(character) ? 2 : 1;
}

/**
 * The text in at most `columns` columns: `cutToColumns('abcdef', 4) = 'abc…'`. Colour codes behind
 * the cut stay, so that no colour runs on.
 */
export function cutToColumns(text: string, columns: number): string {
  if (columns <= 0) return '';
  if (columnsOf(text) <= columns) return text;
  let left = columns - 1;
  let full = false;
  let kept = '';
  for (const part of text.split(colourCode)) {
    if (part.startsWith(escapeCharacter)) {
      kept += part;
      continue;
    }
    for (const character of part) {
      if (full) break;
      left -= widthOf(character);
      full = left < 0;
      kept += full ? '…' : character;
    }
  }
  return kept;
}

export const padEndTo = (text: string, columns: number): string =>
  text + ' '.repeat(Math.max(0, columns - columnsOf(text)));

export const padStartTo = (text: string, columns: number): string =>
  ' '.repeat(Math.max(0, columns - columnsOf(text))) + text;
