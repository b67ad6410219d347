import type { Output } from '../reporters/reporter.ts';
import { aboveLiveText, clearWaits } from './above-live-text.ts';

/** An output for bytes that are passed on as they are. */
export interface ByteOutput {
  /** Writes bytes; a promise, when the reader is slow, resolves as soon as more is welcome. */
  writeBytes(bytes: Uint8Array): Promise<void> | undefined;
}

export interface StreamOutput extends Output, ByteOutput {
  /** Tells whether the reader is known to have gone away. */
  isGone(): boolean;
}

/**
 * A standard stream as an `Output`. A reader that has gone away (`drain … | head`) is no error and
 * ends nothing: the rollout goes on, unseen.
 */
export function outputOn(stream: NodeJS.WriteStream): StreamOutput {
  let gone = false;
  let room: Promise<void> | undefined;
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
  return {
    write: (text) => {
      if (!gone) aboveLiveText(() => stream.write(text));
    },
    writeBytes: (bytes) => {
      if (gone || bytes.length === 0) return undefined;
      clearWaits();
      // Of many that write, each waits for the same room.
      if (!stream.write(bytes)) room ??= awaitRoom();
      return room;
    },
    isGone: () => gone,
    isTty: stream.isTTY === true,
    // Read at each drawing: a terminal is resized while a rollout runs.
    get columns() {
      return stream.isTTY ? stream.columns || 80 : 80;
    },
    get rows() {
      return stream.isTTY ? stream.rows || 24 : 24;
    },
    movesCursor: stream.isTTY === true && process.env.TERM !== 'dumb',
    colour: hasColour(process.env, stream.isTTY === true),
  };
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
