/** Lines at the bottom of a terminal that are drawn again and again. */
export interface LiveText {
  /** Has `write` write whole lines above the drawn ones. */
  above(write: () => void): void;
  /** Takes the lines off the screen. */
  stop(): void;
}

/**
 * Starts to draw what `lines` returns, about ten times a second however many events there are. There
 * are at most `rows` of them, and each fits in the terminal, the first with `spinnerColumns` before it.
 */
export type StartLiveText = (lines: (rows: number) => readonly string[]) => LiveText;

/** Columns of the spinner and the blank before the first line. */
export const spinnerColumns = 2;
