import ora from 'ora';
import { createGateFilter } from './gate-filter.ts';
import { liveLines } from './live/live-lines.ts';
import { LiveBoard } from './live/live-view.ts';
import type { LiveText, StartLiveText } from './live-text.ts';
import { isNoteworthy } from './noteworthy.ts';
import { lastLines, permanentLines } from './permanent-lines.ts';
import { formatPlan } from './plan-table.ts';
import type { Output, Reporter } from './reporter.ts';
import { painter } from './text/paint.ts';
import { describeEvent } from './wording.ts';

/**
 * For a terminal: the plan as a table, a line a service that moves, what matters as lines that
 * stay, and a last line that says how it ended.
 */
export function createTtyReporter(output: Output, startLiveText: StartLiveText): Reporter {
  const paint = painter(output.colour);
  const board = new LiveBoard();
  const isGateNews = createGateFilter();
  let live: LiveText | undefined;
  let namesDirector = true;
  /** Warnings that came with the plan come as events too. */
  let known: ReadonlySet<string> = new Set();

  const write = (lines: readonly string[]): void => {
    const print = () => output.write(`${lines.join('\n')}\n`);
    if (live) live.above(print);
    else print();
  };
  const draw = (): readonly string[] => liveLines(board, output.columns, paint);
  const stop = (): void => {
    live?.stop();
    live = undefined;
  };

  return {
    plan(plan, diagnostics) {
      board.open(plan);
      namesDirector = plan.directors.length > 1;
      known = new Set(diagnostics.map((diagnostic) => diagnostic.message));
      output.write(`${formatPlan(plan, diagnostics, output.columns)}\n`);
    },
    event(event) {
      board.add(event);
      if (event.type === 'finished') {
        stop();
        write(lastLines(event, output.columns, paint));
        return;
      }
      if (
        isNoteworthy(event) &&
        isGateNews(event) &&
        !(event.type === 'warning' && known.has(event.message))
      ) {
        const sentence = describeEvent(event, { namesDirector });
        write(permanentLines(event, sentence, output.columns, paint));
      }
      if (board.services.size > 0) live ??= startLiveText(draw);
    },
    close: stop,
  };
}

/**
 * Live lines drawn by ora, with its spinner before the first of them. Ora is told to leave stdin
 * alone, so that Ctrl-C stays a signal, and not to guess whether this is a terminal.
 */
export function oraLiveText(stream: NodeJS.WriteStream, colour: boolean): StartLiveText {
  return (lines) => {
    const spinner = ora({
      stream,
      // The one text that ora asks for anew each time it draws.
      suffixText: () => lines().join('\n'),
      color: colour ? 'cyan' : false,
      discardStdin: false,
      isEnabled: true,
    }).start();
    return {
      above(write) {
        spinner.clear();
        write();
        spinner.render();
      },
      stop() {
        spinner.stop();
      },
    };
  };
}
