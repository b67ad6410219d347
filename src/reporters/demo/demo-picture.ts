import type { LiveText, StartLiveText } from '../live/live-text.ts';
import { isNoteworthy } from '../news.ts';
import { lastLines, permanentLines } from '../permanent-lines.ts';
import type { Output, Reporter } from '../reporter.ts';
import { painter } from '../text/paint.ts';
import { describeEvent } from '../wording.ts';
import { demoFrame } from './demo-frame.ts';
import { addToRecord, type DemoRecord, openRecord } from './demo-record.ts';
import { resultLines } from './demo-summary.ts';
import type { DemoTraffic } from './demo-traffic.ts';

/**
 * `drain demo` on a terminal: one picture that moves, the last of which stays. Everything in it
 * comes with the events, which carry the virtual time, and from the simulation's counts.
 */
export function createDemoPicture(
  output: Output,
  startLiveText: StartLiveText,
  traffic: DemoTraffic,
): Reporter {
  const paint = painter(output.colour);
  let record: DemoRecord | undefined;
  let live: LiveText | undefined;

  const draw = (): readonly string[] => (record ? demoFrame(record, output.columns, paint) : []);
  const writeLines = (lines: readonly string[]): void => {
    output.write(`${lines.join('\n')}\n`);
  };
  const stop = (): void => {
    live?.stop();
    live = undefined;
  };

  return {
    plan(plan) {
      record = openRecord(plan, traffic);
    },
    event(event) {
      if (!record) return;
      record = addToRecord(record, event, traffic);
      if (record.startMs === undefined) return;
      const { columns } = output;
      if (event.type === 'finished') {
        stop();
        const results = resultLines(record, columns);
        writeLines([...draw(), '', ...results, ...lastLines(event, columns, paint)]);
        return;
      }
      live ??= startLiveText(draw);
      // The picture shows what goes as planned.
      if (isNoteworthy(event) && !shownInPicture.has(event.type)) {
        const lines = permanentLines(event, describeEvent(event), columns, paint);
        live.above(() => writeLines(lines));
      }
    },
    close: stop,
  };
}

const shownInPicture: ReadonlySet<string> = new Set([
  'gate-passed',
  'quiesced',
  'drained',
  'removed',
]);
