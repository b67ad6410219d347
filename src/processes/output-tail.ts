import { printableLines } from '../domain/printable.ts';

const mostBytes = 4_096;

export interface OutputTail {
  add(chunk: Buffer): void;
  /** The last lines so far, as one sentence: `copying; disk full`. */
  lastLines(most: { readonly lines: number; readonly characters?: number }): string;
}

/** Remembers the last part of an output, so that megabytes cost nothing. */
export function outputTail(): OutputTail {
  let tail: Buffer = Buffer.alloc(0);
  return {
    add(chunk) {
      // A copy: a slice would keep the whole chunk in memory.
      tail = Buffer.from(Buffer.concat([tail, chunk.subarray(-mostBytes)]).subarray(-mostBytes));
    },
    lastLines({ lines, characters = mostBytes }) {
      const said = tail
        .toString()
        .split(/[\r\n]+/)
        .filter((line) => line.trim() !== '');
      return printableLines(said.slice(-lines).join('\n').slice(-characters));
    },
  };
}
