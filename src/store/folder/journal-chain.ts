/** The end of a journal's line: where its writer saw the end of the journal, and who he is. */
export interface Mark {
  /** The byte at which the line begins. A line that begins elsewhere counts for nothing. */
  readonly offset: number;
  /** The bytes before it that count for nothing: of a torn write, or of a writer who came too late. */
  readonly skips: number;
  /** Tells one writer of a journal from every other. */
  readonly by: string;
}

export interface Chain {
  /** The lines that count, without their marks. */
  readonly text: string;
  /** The end of the last line that counts. */
  readonly endBytes: number;
  /** Bytes behind that end: of no use, or of a writer who is just writing. */
  readonly restBytes: number;
  /** The writers of the lines that count; a line of a version without marks has none. */
  readonly writers: ReadonlySet<string | undefined>;
}

const newline = 0x0a;
const shape = /,"offset":(\d{1,15}),"skips":(\d{1,15}),"by":"([0-9a-f]{1,32})"\}$/;

/** What a writer knows of the end of the journal when he appends to it. */
export interface JournalEnd {
  readonly endBytes: number;
  /** The bytes behind the end, which count for nothing. */
  readonly rest: Buffer;
  readonly by: string;
}

/** Lines, each a JSON object, as they are appended to a journal; they count if they come to `offset`. */
export function markedLines(
  lines: readonly string[],
  { endBytes, rest, by }: JournalEnd,
): { readonly text: string; readonly offset: number } {
  // A torn write has no end of its own.
  const before = rest.length > 0 && rest.at(-1) !== newline ? '\n' : '';
  const offset = endBytes + rest.length;
  let skips = rest.length + before.length;
  let text = before;
  for (const line of lines) {
    const begin = offset + Buffer.byteLength(text);
    text += `${line.slice(0, -1)},"offset":${begin},"skips":${skips},"by":"${by}"}\n`;
    skips = 0;
  }
  return { text, offset };
}

/**
 * Lines of a journal, from `beginBytes` on. Every writer appends to the end of the file, whatever end he
 * believed it to have; of two who believed the same the second finds himself elsewhere, and his line
 * counts for nothing. A line of a version that wrote no marks counts where it is; an empty one is the end of a torn write.
 */
export function chainOf(bytes: Buffer, beginBytes = 0): Chain {
  const lines = linesOf(bytes, beginBytes);
  const dead = lines.flatMap(({ begin, mark }) =>
    mark && mark.offset === begin && mark.skips > 0 ? [[begin - mark.skips, begin] as const] : [],
  );
  const counting = lines.filter(
    ({ begin, text, mark }) =>
      text !== '' &&
      (!mark || mark.offset === begin) &&
      !dead.some(([from, to]) => begin >= from && begin < to),
  );
  const endBytes = counting.at(-1)?.end ?? beginBytes;
  return {
    text: counting.map(({ text }) => `${text}\n`).join(''),
    endBytes,
    restBytes: beginBytes + bytes.length - endBytes,
    writers: new Set(counting.map(({ mark }) => mark?.by)),
  };
}

export interface LongLine {
  /** 1 is the first. */
  readonly line: number;
  readonly bytes: number;
}

/**
 * The first line that is longer than any that is written, found without reading it as text: a plan, which
 * comes first, takes `plan` bytes at most, and what follows is no longer than `rest` bytes or that plan.
 */
export function longLineOf(
  bytes: Buffer,
  most: { readonly plan: number; readonly rest: number },
): LongLine | undefined {
  let limit = most.plan;
  for (let begin = 0, line = 1; begin < bytes.length; line++) {
    const found = bytes.indexOf(newline, begin);
    const end = found < 0 ? bytes.length : found;
    if (end - begin > limit) return { line, bytes: end - begin };
    if (line === 1) limit = Math.max(most.rest, end - begin);
    begin = end + 1;
  }
  return undefined;
}

interface Line {
  readonly begin: number;
  readonly end: number;
  /** Without its mark. */
  readonly text: string;
  readonly mark: Mark | undefined;
}

/** Whole lines; what is behind the last end of a line is none. */
function linesOf(bytes: Buffer, beginBytes: number): readonly Line[] {
  const lines: Line[] = [];
  for (let begin = 0; ; ) {
    const end = bytes.indexOf(newline, begin);
    if (end < 0) return lines;
    const text = bytes.toString('utf8', begin, end);
    const found = text.endsWith('"}') ? shape.exec(text.slice(-120)) : null;
    lines.push({
      begin: beginBytes + begin,
      end: beginBytes + end + 1,
      text: found ? `${text.slice(0, text.length - found[0].length)}}` : text,
      mark: found
        ? { offset: Number(found[1]), skips: Number(found[2]), by: found[3] ?? '' }
        : undefined,
    });
    begin = end + 1;
  }
}
