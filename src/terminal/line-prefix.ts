const lineEnd = 0x0a;
/** The length at which a line without an end is cut, so that such a line cannot fill the memory. */
const longestLineBytes = 65_536;

/**
 * Puts a prefix before each line of a stream of bytes, and gives whole lines only: those of two
 * commands never mix. Other bytes stay as they are.
 */
export function linePrefixer(prefix: string): {
  take(chunk: Uint8Array): Uint8Array;
  /** Returns the rest, with the line end that it lacked. */
  end(): Uint8Array;
} {
  const start = Buffer.from(prefix);
  let rest = Buffer.alloc(0);
  return {
    take(chunk) {
      const all = Buffer.concat([rest, chunk]);
      const lines: Buffer[] = [];
      let from = 0;
      for (let at = all.indexOf(lineEnd); at >= 0; at = all.indexOf(lineEnd, from)) {
        lines.push(start, all.subarray(from, at + 1));
        from = at + 1;
      }
      rest = all.subarray(from);
      while (rest.length > longestLineBytes) {
        lines.push(start, rest.subarray(0, longestLineBytes), Buffer.from([lineEnd]));
        rest = rest.subarray(longestLineBytes);
      }
      return Buffer.concat(lines);
    },
    end() {
      const last = rest.length === 0 ? [] : [start, rest, Buffer.from([lineEnd])];
      rest = Buffer.alloc(0);
      return Buffer.concat(last);
    },
  };
}
