/** A cell filled from the left by eighths. */
const leftEighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** A cell filled from below by eighths. */
const lowerEighths = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/**
 * A bar of `cells` cells, the rest blank: `bar(0.5, 8) = '████    '`. What it falls short of
 * `planned` is shaded: `bar(0.5, 8, 0.75) = '████░░  '`.
 */
export function bar(fraction: number, cells: number, planned = 0): string {
  const eighths = Math.round(clamp(fraction) * cells * 8);
  const full = '█'.repeat(Math.floor(eighths / 8)) + (leftEighths[eighths % 8] ?? '');
  return full.padEnd(Math.round(clamp(planned) * cells), '░').padEnd(cells);
}

/** A rule for what is done and one for what is not: `track(0.25, 8) = '━━──────'`. */
export function track(fraction: number, cells: number): string {
  const done = Math.round(clamp(fraction) * cells);
  return '━'.repeat(done) + '─'.repeat(cells - done);
}

export interface Area {
  /** Values, one for each column; `undefined` where nothing is known yet. */
  readonly values: readonly (number | undefined)[];
  /** Planned values, shown as a dotted line where there is no value. */
  readonly planned?: readonly number[];
  readonly max: number;
  /** Lines. */
  readonly height: number;
}

/** Lines, the top one first, in which each value is a column: `[0, 1, 2]` of 2 in one line is ` ▄█`. */
export function area({ values, planned = [], max, height }: Area): readonly string[] {
  const eighthsOf = (value: number): number =>
    max <= 0 ? 0 : Math.round(clamp(value / max) * height * 8);
  return Array.from({ length: height }, (_, line) => {
    const below = (height - 1 - line) * 8;
    const columns = values.map((value, index) => {
      if (value !== undefined) {
        // Little is not nothing: a server with one connection left is not empty.
        const eighths = value > 0 ? Math.max(1, eighthsOf(value)) : 0;
        return lowerEighths[Math.min(8, Math.max(0, eighths - below))];
      }
      const level = planned[index];
      if (level === undefined) return ' ';
      return Math.floor(Math.max(0, eighthsOf(level) - 1) / 8) * 8 === below ? '·' : ' ';
    });
    return columns.join('');
  });
}

const clamp = (fraction: number): number => Math.min(1, Math.max(0, fraction));
