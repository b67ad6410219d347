import { fstatSync } from 'node:fs';
import type { Output, WriteOptions } from '../reporters/reporter.ts';
import { aboveLiveText, clearWaits } from './above-live-text.ts';
import type { WriteQueue } from './write-queue.ts';

/** An output for bytes that are passed on as they are. */
export interface ByteOutput {
  /** Writes bytes; a promise, when the reader is slow, resolves as soon as more is welcome. */
  writeBytes(bytes: Uint8Array): Promise<void> | undefined;
}

export interface StreamOutput extends Output, ByteOutput {
  /** Loads what breaks lines between words, where somebody reads them on a terminal. */
  prepare(): Promise<void>;
  /** Tells whether the reader is known to have gone away. */
  isGone(): boolean;
  /** Tells whether what is written waits for a reader. */
  isCongested(): boolean;
  /** Keeps a bounded amount from now on, of a process that does more than to show. */
  bound(): void;
  /** Resolves when all is written, or for a bounded one when the reader takes nothing for a while. */
  flushed(): Promise<void>;
}

/** The most that is kept for a reader who takes nothing: hours of events, or screens full of lines. */
const mostKeptBytes = { pipe: 8_000_000, terminal: 256_000 };
/** The time without progress after which the rest is given up at the end. */
const stallMs = 3_000;
/** The time for which the output of an operator's command waits for a reader, once in a row. */
const patienceMs = 1_000;

/**
 * A standard stream as an `Output`. A reader that has gone away (`drain … | head`) is no error and
 * ends nothing: the rollout goes on, unseen.
 */
export function outputOn(stream: NodeJS.WriteStream, queue?: WriteQueue): StreamOutput {
  let gone = false;
  let isBounded = false;
  let isImpatient = false;
  let room: Promise<void> | undefined;
  let wrap: ((text: string, columns: number) => string) | undefined;
  const colour = hasColour(process.env, stream.isTTY === true);
  const shown = (text: string, kind: WriteOptions['kind']): string => {
    // Read at each write: a terminal is resized, and one that does not say how wide it is breaks lines itself.
    const { columns } = stream;
    const isAsIs = kind === 'data' || (kind === 'log' && !colour);
    return wrap && columns && !isAsIs ? wrap(text, columns) : text;
  };
  stream.on('error', () => {
    gone = true;
  });
  const awaitRoom = (): Promise<void> =>
    new Promise((resolve) => {
      const events = ['drain', 'error', 'close'];
      const go = (): void => {
        for (const event of events) stream.off(event, go);
        room = undefined;
        resolve();
      };
      for (const event of events) stream.on(event, go);
    });
  const flushOnce = async (taken: WriteQueue): Promise<void> => {
    await taken.flushed(patienceMs, { keeps: true });
    isImpatient = taken.isCongested();
    room = undefined;
  };
  return {
    prepare: async () => {
      if (stream.isTTY) wrap = (await import('./wrapped-text.ts')).wrappedText;
    },
    write: (text, { minor = false, kind } = {}) => {
      if (gone) return;
      aboveLiveText(() => {
        const lines = shown(text, kind);
        if (queue) queue.push(Buffer.from(lines), { minor });
        else stream.write(lines);
      });
    },
    writeBytes: (bytes) => {
      if (gone || bytes.length === 0) return undefined;
      clearWaits();
      if (queue) {
        queue.push(bytes);
        if (!queue.isCongested()) isImpatient = false;
        else if (!isImpatient) room ??= flushOnce(queue);
        return room;
      }
      // Of many that write, each waits for the same room.
      if (!stream.write(bytes)) room ??= awaitRoom();
      return room;
    },
    takeDropped: () => queue?.takeDropped(),
    isCongested: () => queue?.isCongested() ?? false,
    bound: () => {
      isBounded = true;
      queue?.bound(stream.isTTY ? mostKeptBytes.terminal : mostKeptBytes.pipe);
    },
    flushed: async () => queue?.flushed(isBounded ? stallMs : undefined),
    isGone: () => gone,
    isTty: stream.isTTY === true,
    isJournal: isJournal((stream as { readonly fd?: number }).fd, process.env.JOURNAL_STREAM),
    // Read at each drawing: a terminal is resized while a rollout runs.
    get columns() {
      return stream.isTTY ? stream.columns || 80 : 80;
    },
    get rows() {
      return stream.isTTY ? stream.rows || 24 : 24;
    },
    movesCursor: stream.isTTY === true && process.env.TERM !== 'dumb',
    colour,
  };
}

/** Tells whether a stream is the one that systemd has connected to its journal (systemd.exec(5)). */
export function isJournal(fd: number | undefined, variable: string | undefined): boolean {
  if (!variable || fd === undefined) return false;
  try {
    const { dev, ino } = fstatSync(fd, { bigint: true });
    return variable === `${dev}:${ino}`;
  } catch {
    return false;
  }
}

/**
 * Tells whether to colour an output: on a terminal, unless `TERM=dumb` or `NO_COLOR` says no;
 * elsewhere where `FORCE_COLOR` says yes. `NO_COLOR` outdoes `FORCE_COLOR` (https://no-color.org,
 * https://force-color.org; an empty variable counts as none).
 */
export function hasColour(
  { NO_COLOR, FORCE_COLOR, TERM }: Readonly<Record<string, string | undefined>>,
  isTty: boolean,
): boolean {
  if (NO_COLOR) return false;
  if (FORCE_COLOR) return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false';
  return isTty && TERM !== 'dumb';
}
