import type { Cell } from './terminal.ts';

/** Colours of a scheme, by what the terminal's codes stand for. */
export interface TerminalColours {
  readonly ground: string;
  readonly rule: string;
  readonly ink: string;
  /** Colours of codes such as 32; one that is not here has that of the ink. */
  readonly codes: Readonly<Record<number, string>>;
}

const [cellWidth, cellHeight, fontSize, margin] = [8.4, 19, 14, 16];

/** A frame of a terminal as SVG: each run of one style is a text whose length is fixed by its cells. */
export function terminalSvg(
  frame: readonly (readonly Cell[])[],
  { ground, rule, ink, codes, title }: TerminalColours & { readonly title: string },
): string {
  const columns = Math.max(...frame.map((cells) => cells.length));
  const [width, height] = [
    Math.ceil(columns * cellWidth + 2 * margin),
    frame.length * cellHeight + 2 * margin,
  ];
  const texts = frame.flatMap((cells, row) =>
    runsOf(cells).map(({ column, text, colour, isBold }) => {
      const place = `x="${round(margin + column * cellWidth)}" y="${round(margin + (row + 0.75) * cellHeight)}"`;
      const look = `fill="${codes[colour] ?? ink}"${isBold ? ' font-weight="bold"' : ''}`;
      return `<text ${place} ${look} textLength="${round([...text].length * cellWidth)}" lengthAdjust="spacingAndGlyphs">${escaped(text)}</text>`;
    }),
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="${fontSize}" xml:space="preserve">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="100%" height="100%" rx="8" fill="${ground}" stroke="${rule}"/>`,
    ...texts,
    '</svg>\n',
  ].join('\n');
}

interface Run {
  readonly column: number;
  readonly text: string;
  readonly colour: number;
  readonly isBold: boolean;
}

/** Neighbours of one style; blanks end a run of more than one, so that no run has any at its ends. */
function runsOf(cells: readonly Cell[]): readonly Run[] {
  const runs: Run[] = [];
  cells.forEach(({ sign, colour, isBold }, column) => {
    const last = runs.at(-1);
    const isNext =
      last !== undefined &&
      last.column + [...last.text].length === column &&
      last.colour === colour &&
      last.isBold === isBold;
    if (sign === ' ') return;
    if (isNext) runs[runs.length - 1] = { ...last, text: last.text + sign };
    else runs.push({ column, text: sign, colour, isBold });
  });
  return runs;
}

const round = (value: number): string => String(Number(value.toFixed(2)));

const escaped = (text: string): string =>
  text.replace(/[&<>]/g, (sign) => `&#${sign.codePointAt(0)};`);
