import type { Outcome } from '../domain/events/event.ts';
import { maintenanceOf } from '../domain/rollout/maintenance.ts';
import {
  type CommandContext,
  commandText,
  warningText,
  waysFrom,
  waysIn,
} from '../domain/rollout/rollout-status.ts';
import { LiveBoard } from './live/live-board.ts';
import { liveLines } from './live/live-lines.ts';
import { type LiveText, type StartLiveText, spinnerColumns } from './live/live-text.ts';
import { createGateFilter, isNoteworthy } from './news.ts';
import { lastLines, permanentLines } from './permanent-lines.ts';
import { formatPlan } from './plan/plan-table.ts';
import type { Output, Reporter } from './reporter.ts';
import { painter } from './text/paint.ts';
import { describeEvent } from './wording.ts';

export interface TtyReporterOptions {
  readonly commands?: CommandContext | undefined;
  /** The directors are simulated: nobody connects to their servers. */
  readonly isSimulated?: boolean | undefined;
}

/**
 * Reports on a terminal: the plan as a table, the services and their servers as a table that moves,
 * what matters as lines that stay, and a last line that says how the rollout ended.
 */
export function createTtyReporter(
  output: Output,
  startLiveText: StartLiveText,
  { commands, isSimulated }: TtyReporterOptions = {},
): Reporter {
  const paint = painter(output.colour);
  const board = new LiveBoard();
  const isGateNews = createGateFilter();
  let live: LiveText | undefined;
  let namesDirector = true;
  /** A rollout that is found by its id. */
  let rollout: string | undefined;
  /** Warnings that came with the plan come as events too. */
  let known: ReadonlySet<string> = new Set();

  const write = (lines: readonly string[]): void => {
    const print = () => output.write(`${lines.join('\n')}\n`);
    if (live) live.above(print);
    else print();
  };
  const draw = (rows: number): readonly string[] => {
    // One column stays free: a character in the last one makes some terminals wrap.
    const columns = output.columns - 1;
    const how = stopWords(board);
    return liveLines(
      board,
      {
        columns,
        rows,
        headingIndent: spinnerColumns,
        how,
        ...(rollout === undefined ? {} : { label: rollout }),
      },
      paint,
    );
  };
  const stop = (): void => {
    live?.stop();
    live = undefined;
  };

  /** In one piece, to be copied: a terminal may break it where its line ends. */
  const waysAfter = ({
    outcome,
    until,
  }: {
    readonly outcome: Outcome;
    readonly until?: number;
  }): readonly string[] =>
    outcome === 'done' && rollout !== undefined && maintenanceOf(board) === undefined
      ? [
          ...(until === undefined
            ? []
            : [`  to go on:   ${commandText(['resume', rollout], commands)}`]),
          `  to go back: ${commandText(['rollback', rollout], commands)}`,
        ]
      : [];

  return {
    plan(plan, diagnostics, estimates) {
      board.open(plan);
      namesDirector = plan.directors.length > 1;
      known = new Set(diagnostics.map(warningText));
      const width = output.columns;
      output.write(`${formatPlan(plan, { diagnostics, estimates, width, isSimulated })}\n`);
    },
    opened(id) {
      rollout = waysIn(commands ?? {}, waysFrom('done', id)).back ? id : undefined;
    },
    event(event) {
      board.add(event);
      if (event.type === 'finished') {
        stop();
        write([...lastLines(event, output.columns, paint), ...waysAfter(event)]);
        return;
      }
      if (
        isNoteworthy(event) &&
        isGateNews(event) &&
        !(event.type === 'warning' && known.has(event.message))
      ) {
        const sentence = describeEvent(event, { namesDirector, names: board.names, commands });
        write(permanentLines(event, sentence, output.columns, paint));
      }
      if (board.services.size > 0) live ??= startLiveText(draw);
    },
    close: stop,
  };
}

/** Says what Ctrl-C does to the rollout. */
function stopWords({ policy }: LiveBoard): readonly string[] {
  if (!policy) return [];
  return [policy.onInterrupt === 'rollback' ? 'Ctrl-C goes back' : 'Ctrl-C holds it'];
}
