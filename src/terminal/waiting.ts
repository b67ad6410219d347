import type { Ora } from 'ora';
import { printable } from '../domain/printable.ts';
import { hasLiveScreen, setWaits } from './above-live-text.ts';

/** Does `work`, and shows `text` while it lasts. */
export type WaitingFor = <T>(text: string, work: () => Promise<T>) => Promise<T>;

export interface WaitingLook {
  readonly colour: boolean;
  /** True when the terminal shows more than ASCII. */
  readonly unicode: boolean;
}

interface Wait {
  readonly text: string;
  readonly timer: NodeJS.Timeout;
  isDue: boolean;
}

/** The time before a wait is shown: a shorter wait is not shown, so that nothing flickers. */
const quietMs = 300;

const endSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Waits of one line on a terminal: the latest of those that last is shown, and taken off the screen when
 * it ends. Waits give way for good to lines that are drawn, to a question and to a command's own output;
 * other lines are written above them.
 */
export function waitingOn(stream: NodeJS.WriteStream, look: WaitingLook): WaitingFor {
  const waits = new Set<Wait>();
  let spinner: Ora | undefined;

  const hide = (): void => {
    spinner?.stop();
    spinner = undefined;
    for (const signal of endSignals) process.off(signal, endAll);
  };
  const endAll = (): void => {
    for (const { timer } of waits) clearTimeout(timer);
    waits.clear();
    hide();
  };
  const show = async (): Promise<void> => {
    const { default: ora } = await import('ora');
    const latest = [...waits].findLast(({ isDue }) => isDue);
    // On a terminal that does not say how wide it is nobody knows how many lines are to be erased.
    if (!latest || hasLiveScreen() || !stream.columns) return;
    const text = printable(latest.text, Math.max(10, stream.columns - 4));
    if (spinner) {
      spinner.text = text;
      spinner.render();
      return;
    }
    // Heard first and once: whoever restores the cursor at a signal ends the process if it is alone.
    for (const signal of endSignals) process.prependOnceListener(signal, endAll);
    // Text that others write, to either stream, comes to stand above its line.
    spinner = ora({
      stream,
      text,
      isEnabled: true,
      discardStdin: false,
      color: look.colour ? 'cyan' : false,
      spinner: look.unicode ? 'dots' : 'line',
    }).start();
  };

  setWaits(endAll);
  return async (text, work) => {
    const timer = setTimeout(() => {
      wait.isDue = true;
      void show();
    }, quietMs);
    const wait: Wait = { text, timer, isDue: false };
    waits.add(wait);
    try {
      return await work();
    } finally {
      clearTimeout(timer);
      waits.delete(wait);
      if ([...waits].some(({ isDue }) => isDue)) void show();
      else hide();
    }
  };
}

/** Tells whether the locale (setlocale(3)) has more than ASCII; the console of Linux has not. */
export function hasUnicode(env: Readonly<Record<string, string | undefined>>): boolean {
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || 'C';
  return /utf-?8/i.test(locale) && env.TERM !== 'linux';
}
