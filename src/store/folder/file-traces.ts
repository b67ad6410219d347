import { appendFile, mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { ok, type Result } from '../../domain/failure.ts';
import { isRolloutId } from '../../domain/rollout/rollout-id.ts';
import type { Trace, TraceEntry, TracePart } from '../../rollout/state/trace.ts';

/** Entries of this time are written in one go. */
const gatherMs = 200;

/** The most that a reader takes at a time. */
const partBytes = 16 * 1024 * 1024;

export interface Traces {
  trace(rollout: string): Trace;
  readTrace(rollout: string, position?: number): Promise<Result<TracePart>>;
}

/** The file of a trace. */
export const traceFile = (directory: string, rollout: string): string =>
  join(directory, `${rollout}.trace`);

/** `DIR/ID.trace`, one JSON entry a line, not synced: losing the last moments of a picture is no loss. */
export function createFileTraces(directory: string): Traces {
  const fileOf = (rollout: string): string => traceFile(directory, rollout);
  return {
    trace: (rollout) => createFileTrace(directory, fileOf(rollout)),
    async readTrace(rollout, position = 0) {
      const file = isRolloutId(rollout) ? fileOf(rollout) : undefined;
      const handle = file && (await open(file, 'r').catch(() => undefined));
      if (!handle) return ok({ entries: [], position });
      try {
        return ok(await readPart(handle, position));
      } catch {
        return ok({ entries: [], position });
      } finally {
        await handle.close();
      }
    },
  };
}

async function readPart(
  handle: Awaited<ReturnType<typeof open>>,
  position: number,
): Promise<TracePart> {
  const { size } = await handle.stat();
  const bytes = Buffer.alloc(Math.min(partBytes, Math.max(0, size - position)));
  const { bytesRead } = await handle.read(bytes, 0, bytes.length, position);
  const end = bytes.subarray(0, bytesRead).lastIndexOf('\n') + 1;
  const { parseTrace } = await import('../trace-schema.ts');
  return { entries: parseTrace(bytes.toString('utf8', 0, end)), position: position + end };
}

function createFileTrace(directory: string, file: string): Trace {
  let waiting: string[] = [];
  let writing: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;

  const write = (): void => {
    timer = undefined;
    const lines = waiting.join('');
    waiting = [];
    // One after the other, so that lines keep their order; a line that cannot be written is lost.
    writing = writing
      .then(() => mkdir(directory, { recursive: true, mode: 0o700 }))
      .then(() => appendFile(file, lines, { mode: 0o600 }))
      .catch(() => {});
  };
  return {
    add(entry: TraceEntry) {
      waiting.push(`${JSON.stringify(entry)}\n`);
      timer ??= setTimeout(write, gatherMs);
    },
    async close() {
      if (timer) clearTimeout(timer);
      if (waiting.length > 0) write();
      await writing;
    },
  };
}
