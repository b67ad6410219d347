const escapeCharacter = String.fromCharCode(27);
const command = new RegExp(`^${escapeCharacter}\\[(\\??\\d*)(.)$`, 'u');
const commandOrCharacter = new RegExp(`${escapeCharacter}\\[\\??\\d*[A-Za-z]|.`, 'gsu');

/** A terminal that keeps all of its lines: cursor up, right, to a column, erase to the end of the line and below. */
export function screen() {
  const rows: string[][] = [[]];
  let [row, column] = [0, 0];
  let isCursorShown = true;
  const line = (): string[] => {
    while (rows.length <= row) rows.push([]);
    return rows[row] ?? [];
  };
  const obey = (text: string): void => {
    const [, count = '', what] = command.exec(text) ?? [];
    if (count === '?25') isCursorShown = what === 'h';
    if (what === 'A') row -= Number(count);
    if (what === 'C') column += Number(count);
    if (what === 'G') column = Number(count) - 1;
    if (what === 'K') line().splice(column);
    if (what === 'J') {
      line().splice(column);
      rows.splice(row + 1);
    }
  };
  return {
    write(text: string): void {
      for (const [part] of text.matchAll(commandOrCharacter)) {
        if (part.startsWith(escapeCharacter)) obey(part);
        else if (part === '\r') column = 0;
        else if (part === '\n') [row, column] = [row + 1, 0];
        else {
          const cells = line();
          while (cells.length < column) cells.push(' ');
          cells[column] = part;
          column++;
        }
      }
    },
    lines: (): readonly string[] => rows.map((cells) => cells.join('').trimEnd()),
    isCursorShown: () => isCursorShown,
  };
}
