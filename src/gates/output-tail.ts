import type { Readable } from 'node:stream';
import { printableLines } from '../domain/printable.ts';

const mostBytes = 4_096;
const mostLines = 5;
const mostCharacters = 300;

/**
 * Reads a stream to its end and remembers the last of it, so that megabytes cost nothing. The
 * function it returns gives the last lines so far as one sentence: `copying; disk full`.
 */
export function outputTail(stream: Readable | undefined): () => string {
  let tail: Buffer = Buffer.alloc(0);
  stream?.on('data', (chunk: Buffer) => {
    // A copy: a slice would keep the whole chunk in memory.
    tail = Buffer.from(Buffer.concat([tail, chunk]).subarray(-mostBytes));
  });
  // The end of a stream that is torn off with its process is no news.
  stream?.on('error', () => {});
  return () => {
    const lines = tail
      .toString()
      .split(/[\r\n]+/)
      .filter((line) => line.trim() !== '');
    return printableLines(lines.slice(-mostLines).join('\n').slice(-mostCharacters));
  };
}
