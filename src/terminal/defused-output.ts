import type { Output } from '../reporters/reporter.ts';
import type { ByteOutput } from './output.ts';

/**
 * An output from which a runner of GitHub Actions reads commands (`::error::`, `##[add-mask]`), and
 * which lets none through. Drain's output holds text from outside (a gate's answer, the output of
 * an operator's command), and the runner obeys any line of it that looks like a command.
 * `::stop-commands::` would not do: the runner reads two streams, and in which order is not known.
 */
export function defusedOutput(output: Output & ByteOutput): Output & ByteOutput {
  const defuse = byteDefuser();
  return {
    ...output,
    write: (text, options) => output.write(defusedText(text), options),
    writeBytes: (bytes) => output.writeBytes(defuse(bytes)),
    get columns() {
      return output.columns;
    },
    get rows() {
      return output.rows;
    },
  };
}

/**
 * `::error::x` at the beginning of a line is `:\:error::x`, and `##[error]x`, which counts anywhere in
 * it, `##\[error]x`. A line of JSON says the same as before.
 */
export const defusedText = (text: string): string =>
  text
    .replace(/(?<=^|\n)\{[^\n]*/g, (json) => json.replaceAll('##[', '#\\u0023['))
    .replaceAll('##[', '##\\[')
    .replace(commandStart, '$1\\');

/** The runner skips what it takes for white space; here that is all but printable ASCII. */
const commandStart = /((?:^|[\r\n])[^\x21-\x7e]*:)(?=:)/g;

const [lineFeed, carriageReturn, hash, colon, bracket, backslash] = Buffer.from('\n\r#:[\\');

/** The same for bytes as they come, across the borders of chunks, without keeping any back. */
export function byteDefuser(): (chunk: Uint8Array) => Uint8Array {
  let hashes = 0;
  /** The start of the line: nothing printable so far, or only a colon; else undefined. */
  let start: 'blank' | 'colon' | undefined = 'blank';
  return (chunk) => {
    const breaks: number[] = [];
    for (const [index, byte] of chunk.entries()) {
      if ((byte === bracket && hashes >= 2) || (byte === colon && start === 'colon')) {
        breaks.push(index);
      }
      hashes = byte === hash ? hashes + 1 : 0;
      if (byte === lineFeed || byte === carriageReturn) start = 'blank';
      else if (byte > 0x20 && byte < 0x7f) {
        start = byte === colon && start === 'blank' ? 'colon' : undefined;
      } else if (start === 'colon') start = undefined;
    }
    return breaks.length === 0 ? chunk : withBackslashes(chunk, breaks);
  };
}

function withBackslashes(chunk: Uint8Array, before: readonly number[]): Uint8Array {
  const ends = [...before, chunk.length];
  return Buffer.concat(
    ends.flatMap((end, index) => [
      ...(index > 0 ? [Buffer.from([backslash ?? 0])] : []),
      chunk.subarray(before[index - 1] ?? 0, end),
    ]),
  );
}
