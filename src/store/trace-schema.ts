import * as z from 'zod';
import { timeMs } from '../files/time-schema.ts';
import type { TraceEntry } from '../rollout/state/trace.ts';
import { withTags } from './old-sentences.ts';

const text = z.string();
const byServer = z.record(text, z.number().min(0));

const environment = z.object({
  drain: text,
  node: text,
  platform: text,
  host: text,
  directors: z.array(
    z.object({
      director: text,
      kernel: text.exactOptional(),
      ipvsadm: text.exactOptional(),
      sysctls: z.record(text, z.number()),
    }),
  ),
});

/** Events are this program's own: only the fields that a reader relies on are checked. */
const event = z.looseObject({
  v: z.literal(1),
  at: z.iso.datetime(),
  rollout: text,
  type: text,
});

/** An event as this version would have written it. */
const taggedEvent = event.transform(withTags);

const entrySchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('event'), event: taggedEvent }),
  z.object({
    type: z.literal('totals'),
    atMs: timeMs,
    director: text,
    services: z.record(text, byServer),
  }),
  z.object({ type: z.literal('environment'), atMs: timeMs, environment }),
]);

/**
 * The whole lines of a part of a trace; a line that is none of its entries is left out, for a trace
 * decides nothing, and a hole in a picture is better than no picture.
 */
export function parseTrace(lines: string): readonly TraceEntry[] {
  return lines
    .split('\n')
    .filter((line) => line !== '')
    .flatMap((line) => {
      try {
        const checked = entrySchema.safeParse(JSON.parse(line));
        return checked.success ? [checked.data as TraceEntry] : [];
      } catch {
        return [];
      }
    });
}
