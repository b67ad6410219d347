/**
 * The lines of a file as keepalived has read them: without comments, ends and outer blanks, and an empty one
 * in the place of an include. Two texts with the same lines are the same to keepalived.
 */
export function readLines(text: string): readonly string[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines.map((line) => {
    const read = withoutComment(line.replace(/\r+$/, ''));
    return /^include[rmwba]?\s/.test(read) ? '' : read;
  });
}

/** What keepalived's reader leaves of a line; an escaped `#` or `!` loses its backslash. */
function withoutComment(line: string): string {
  let kept = '';
  let isQuoted = false;
  let isComment = false;
  let goesOn = false;
  for (let at = line.search(/[^ \t]|$/); at < line.length; at++) {
    const character = line[at] ?? '';
    const behind = line[at + 1];
    if (character === '\\') {
      goesOn = behind === undefined;
      if (goesOn) break;
      const isEscape = !isQuoted && (behind === '#' || behind === '!');
      if (!isComment) kept += isEscape ? behind : character + behind;
      at++;
    } else if (!isComment) {
      if (character === '"') isQuoted = !isQuoted;
      isComment = !isQuoted && (character === '#' || character === '!');
      if (!isComment) kept += character;
    }
  }
  return kept.replace(/[ \t]+$/, '') + (goesOn ? '\\' : '');
}

/** A file that keepalived has read, by the name that it was opened under. */
export interface ReadFile {
  readonly path: string;
  /** The place among the files of the file that includes this one. */
  readonly includedBy: number | undefined;
  readonly lines: readonly string[];
}

/**
 * The files of keepalived's own copy of its configuration, in the order they were opened in: `# FILE` begins
 * one, `!` ends it. Undefined where the copy is not whole.
 */
export function filesRead(copy: string): readonly ReadFile[] | undefined {
  const files: { path: string; includedBy: number | undefined; lines: string[] }[] = [];
  const open: number[] = [];
  const lines = copy.split('\n');
  if (lines.pop() !== '') return undefined;
  for (const line of lines) {
    const last = open.at(-1);
    if (line.startsWith('# ')) {
      files.push({ path: line.slice(2), includedBy: last, lines: [] });
      open.push(files.length - 1);
    } else if (line === '!') open.pop();
    // `#! TEXT`: a file that could not be read.
    else if (line.startsWith('#!') || last === undefined) return undefined;
    else files[last]?.lines.push(line);
  }
  return open.length === 0 && files.length > 0 ? files : undefined;
}

/**
 * The first line, counted from 1, in which a file is no longer as keepalived has read it. Empty lines, which
 * comments leave too, are none.
 */
export function firstUnread(now: readonly string[], read: readonly string[]): number | undefined {
  const before = read.filter((line) => line !== '');
  let at = 0;
  for (const [index, line] of now.entries()) {
    if (line === '') continue;
    if (line !== before[at]) return index + 1;
    at++;
  }
  return at === before.length ? undefined : Math.max(now.length, 1);
}
