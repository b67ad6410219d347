const escapeCharacter = '\u001b';
const colourCode = new RegExp(`(${escapeCharacter}\\[[0-9;]*m)`);

/** East Asian wide characters and emoji, near enough: a text may be taken for wider than it is, never narrower. */
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{16fe0}-\u{18d08}\u{1b000}-\u{1b2fb}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;
const noWidth = /\p{Mn}|\p{Me}|\p{Cf}/u;

/** The columns of a terminal that a text takes: `columnsOf('日本') = 4`; colour codes take none. */
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
  // It makes an emoji of the character before it, which is wider then.
  if (character === '\ufe0f') return 1;
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

/**
 * The text in at most `columns` columns with both ends kept, for what tells servers apart is at the end
 * as well: `cutMiddle('[2001:db8::1]:8080', 11) = '[2001…:8080'`. For texts without colours.
 */
export function cutMiddle(text: string, columns: number): string {
  if (columnsOf(text) <= columns) return text;
  const tail = takeColumns([...text].reverse(), Math.floor((columns - 1) / 2));
  const head = takeColumns([...text], columns - 1 - tail.columns);
  return columns <= 0 ? '' : `${head.taken.join('')}…${tail.taken.reverse().join('')}`;
}

function takeColumns(characters: readonly string[], most: number) {
  const taken: string[] = [];
  let columns = 0;
  for (const character of characters) {
    if (columns + widthOf(character) > most) break;
    columns += widthOf(character);
    taken.push(character);
  }
  return { taken, columns };
}

export const padEndTo = (text: string, columns: number): string =>
  text + ' '.repeat(Math.max(0, columns - columnsOf(text)));

export const padStartTo = (text: string, columns: number): string =>
  ' '.repeat(Math.max(0, columns - columnsOf(text))) + text;
