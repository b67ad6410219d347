import type { Output } from '../reporters/reporter.ts';

/**
 * A standard stream as an `Output`. A reader that has gone away (`drain … | head`) is no error and
 * ends nothing: the rollout goes on, unseen.
 */
export function outputOn(stream: NodeJS.WriteStream): Output {
  let gone = false;
  stream.on('error', () => {
    gone = true;
  });
  return {
    write: (text) => {
      if (!gone) stream.write(text);
    },
    isTty: stream.isTTY === true,
    // Read at each drawing: a terminal is resized while a rollout runs.
    get columns() {
      return stream.isTTY ? stream.columns || 80 : 80;
    },
    colour: stream.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== 'dumb',
  };
}
