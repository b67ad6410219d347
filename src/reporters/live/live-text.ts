/** Lines at the bottom of a terminal that are drawn again and again. */
export interface LiveText {
  /** Has `write` write whole lines above them. */
  above(write: () => void): void;
  /** Takes them off the screen. */
  stop(): void;
}

/**
 * Starts to draw what `lines` returns, about ten times a second however many events there are. There
 * are at most `rows` of them, and each fits in the terminal, the first with `spinnerColumns` before it.
 */
export type StartLiveText = (lines: (rows: number) => readonly string[]) => LiveText;

/** What the drawing puts before the first line: a spinner and a blank. */
export const spinnerColumns = 2;
