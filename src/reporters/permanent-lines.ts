import type { DrainEvent } from '../domain/events/event.ts';
import { printable } from '../domain/printable.ts';
import type { Paint, Style } from './text/paint.ts';
import { wrapWords } from './text/wrap-words.ts';
import { describeEvent } from './wording.ts';

/** A sentence that stays on the terminal, marked by how bad it is. */
export function permanentLines(
  event: DrainEvent,
  sentence: string,
  width: number,
  paint: Paint,
): readonly string[] {
  switch (event.type) {
    case 'warning':
    case 'not-draining':
    case 'drift-detected':
      return marked('yellow', '!', sentence, width, paint);
    case 'gate-failed':
    case 'rollback-started':
      return marked('red', '!', sentence, width, paint);
    default:
      return marked('gray', '·', sentence, width, paint);
  }
}

type Finished = Extract<DrainEvent, { readonly type: 'finished' }>;

/** Last lines: `✔` all is as asked for, `⏸` a rollout is held, `✖` anything else. */
export function lastLines(event: Finished, width: number, paint: Paint): readonly string[] {
  if (event.exitCode === 0)
    return marked('green', '✔', printable(event.message, 600), width, paint);
  return event.outcome === 'held'
    ? marked('yellow', '⏸', describeEvent(event), width, paint)
    : marked('red', '✖', describeEvent(event), width, paint);
}

function marked(
  style: Style,
  mark: string,
  sentence: string,
  width: number,
  paint: Paint,
): readonly string[] {
  const [first = '', ...rest] = wrapWords(sentence, { columns: width, first: '  ' });
  return [`${paint(style, mark)} ${first.trimStart()}`, ...rest];
}
