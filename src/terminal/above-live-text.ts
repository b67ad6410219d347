/** Lines that are drawn on this process's terminal, and make room for others. */
export interface LiveScreen {
  above(write: () => void): void;
}

let screen: LiveScreen | undefined;
let endWaits: (() => void) | undefined;

/** Called by what begins to be drawn, and with nothing when it has ended. */
export function setLiveScreen(shown: LiveScreen | undefined): void {
  if (shown) clearWaits();
  screen = shown;
}

export const hasLiveScreen = (): boolean => screen !== undefined;

/** Has `end` take all waits off the screen for good when something else needs their line. */
export function setWaits(end: () => void): void {
  endWaits = end;
}

/** Clears the line of a wait for what may end in the middle of one: a question, a command's own bytes. */
export function clearWaits(): void {
  endWaits?.();
}

/**
 * Has `write` write above whatever is live on the terminal, so that neither breaks the other: everything
 * that this process prints goes through here.
 */
export function aboveLiveText(write: () => void): void {
  if (screen) screen.above(write);
  else write();
}
