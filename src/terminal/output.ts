import type { Output } from '../reporters/reporter.ts';

/** Where bytes go that are passed on as they are. */
export interface ByteOutput {
  /** A promise when the reader is slow: more is welcome as soon as it resolves. */
  writeBytes(bytes: Uint8Array): Promise<void> | undefined;
}

/**
 * A standard stream as an `Output`. A reader that has gone away (`drain … | head`) is no error and
 * ends nothing: the rollout goes on, unseen.
 */
export function outputOn(stream: NodeJS.WriteStream): Output & ByteOutput {
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
      if (!gone) stream.write(text);
    },
    writeBytes: (bytes) => {
      if (gone || bytes.length === 0) return undefined;
      // Of many that write, each waits for the same room.
      if (!stream.write(bytes)) room ??= awaitRoom();
      return room;
    },
    isTty: stream.isTTY === true,
    // Read at each drawing: a terminal is resized while a rollout runs.
    get columns() {
      return stream.isTTY ? stream.columns || 80 : 80;
    },
    colour: stream.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== 'dumb',
  };
}
