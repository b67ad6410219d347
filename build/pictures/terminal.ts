/** A character on a terminal, with the codes of colour and weight that it was written with. */
export interface Cell {
  readonly sign: string;
  readonly colour: number;
  readonly isBold: boolean;
}

const escapeCharacter = String.fromCharCode(27);
const part = new RegExp(`${escapeCharacter}\\[(\\??[\\d;]*)([A-Za-z])|.`, 'gsu');
const blank: Cell = { sign: ' ', colour: 39, isBold: false };

/**
 * The frames of what was written to a terminal: all of its lines whenever drain has finished drawing
 * (mode 2026, synchronized output).
 */
export function framesOf(written: string): readonly (readonly (readonly Cell[])[])[] {
  const frames: Cell[][][] = [];
  const rows: Cell[][] = [[]];
  let [row, column] = [0, 0];
  let style = { colour: 39, isBold: false };
  const line = (): Cell[] => {
    while (rows.length <= row) rows.push([]);
    return rows[row] ?? [];
  };
  const obey = (given: string, what: string): void => {
    const count = Number(given.split(';').at(-1) || 0);
    if (what === 'A') row -= count;
    if (what === 'C') column += count;
    if (what === 'G') column = count - 1;
    if (what === 'K') line().splice(column);
    if (what === 'J') {
      line().splice(column);
      rows.splice(row + 1);
    }
    if (what === 'l' && given === '?2026') frames.push(rows.map((cells) => [...cells]));
    if (what === 'm') style = styleAfter(style, count);
  };
  for (const [text, given = '', what] of written.matchAll(part)) {
    if (what) obey(given, what);
    else if (text === '\r') column = 0;
    else if (text === '\n') [row, column] = [row + 1, 0];
    else {
      const cells = line();
      while (cells.length < column) cells.push(blank);
      cells[column] = { sign: text, ...style };
      column++;
    }
  }
  return frames;
}

function styleAfter(
  style: { readonly colour: number; readonly isBold: boolean },
  code: number,
): { readonly colour: number; readonly isBold: boolean } {
  if (code === 0) return { colour: 39, isBold: false };
  if (code === 1 || code === 22) return { ...style, isBold: code === 1 };
  return { ...style, colour: code };
}

export const textOf = (frame: readonly (readonly Cell[])[]): string =>
  frame.map((cells) => cells.map(({ sign }) => sign).join('')).join('\n');
