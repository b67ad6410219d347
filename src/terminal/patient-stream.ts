import { constants, fstatSync, openSync, readFileSync, writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import { createWriteQueue, type WriteQueue } from './write-queue.ts';

/** A standard stream of this process. */
type StandardStream = NodeJS.WriteStream & { readonly fd: 1 | 2 };

/**
 * Makes a standard stream one that never waits for its reader, whoever writes to it: Node writes to a
 * terminal synchronously, and a terminal that stands still (Ctrl-S, a serial line) would stop the
 * process. It is opened once more, so that other processes which have it find it as it was.
 * `undefined` where it can be no other than it is: a file, which makes nobody wait, or a terminal that
 * may not be opened.
 */
export function takeOver(stream: StandardStream): WriteQueue | undefined {
  const fd = openAgain(stream.fd);
  if (fd === undefined) return isSocket(stream.fd) ? queueBefore(stream) : undefined;
  const queue = createWriteQueue((bytes) => writeNow(fd, bytes), {
    onError: (error) => stream.emit('error', error),
  });
  stream._write = (chunk: Uint8Array | string, encoding, done) => {
    queue.push(typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk);
    done();
  };
  // Absent, so that every chunk goes the one way.
  Object.assign(stream, { _writev: null });
  return queue;
}

/** A queue before a stream that waits for its reader in memory: it gets no more than it has room for. */
function queueBefore(stream: StandardStream): WriteQueue {
  const queue = createWriteQueue(
    (bytes) => {
      if (stream.writableNeedDrain) return 0;
      stream.write(bytes);
      return bytes.length;
    },
    { onError: (error) => stream.emit('error', error) },
  );
  return {
    ...queue,
    async flushed(stallMs, options) {
      await queue.flushed(stallMs, options);
      if (stallMs === undefined || options?.keeps || !stream.writableNeedDrain) return;
      // What it has taken would keep the process for as long as nobody reads.
      const late = setTimeout(() => stream.destroy(), stallMs);
      await new Promise<void>((resolve) => {
        stream.once('drain', resolve).once('close', resolve);
      });
      clearTimeout(late);
    },
  };
}

function writeNow(fd: number, bytes: Uint8Array): number {
  try {
    return writeSync(fd, bytes);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return 0;
    throw error;
  }
}

function openAgain(fd: 1 | 2): number | undefined {
  const { O_WRONLY, O_NONBLOCK, O_NOCTTY } = constants;
  const paths = isatty(fd) ? [`/proc/self/fd/${fd}`, ...ownTerminal(fd)] : pipeOf(fd);
  for (const path of paths) {
    try {
      return openSync(path, O_WRONLY | O_NONBLOCK | O_NOCTTY);
    } catch {
      // Another user's, as after su(1); or a pipe that nobody reads any more.
    }
  }
  return undefined;
}

const isSocket = (fd: number): boolean => {
  try {
    return fstatSync(fd).isSocket();
  } catch {
    return false;
  }
};

const pipeOf = (fd: number): readonly string[] => {
  try {
    return fstatSync(fd).isFIFO() ? [`/proc/self/fd/${fd}`] : [];
  } catch {
    return [];
  }
};

/** `/dev/tty`, which everybody may open, if that is the terminal of the stream. */
function ownTerminal(fd: number): readonly string[] {
  try {
    const stat = readFileSync('/proc/self/stat', 'latin1');
    const terminal = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[4]);
    return fstatSync(fd).rdev === terminal ? ['/dev/tty'] : [];
  } catch {
    return [];
  }
}
