/** What is drawn on this process's terminal, and knows how to make room for other lines. */
export interface LiveScreen {
  above(write: () => void): void;
}

let screen: LiveScreen | undefined;

/** Called by what begins to be drawn, and with nothing when it has ended. */
export function setLiveScreen(shown: LiveScreen | undefined): void {
  screen = shown;
}

/**
 * Has `write` write above whatever is live on the terminal, so that neither breaks the other: everything
 * that this process prints goes through here.
 */
export function aboveLiveText(write: () => void): void {
  if (screen) screen.above(write);
  else write();
}
