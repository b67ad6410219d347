/**
 * Names without what all of them begin and end with, cut between parts: `10.0.0.1:80` and
 * `10.0.0.2:80` are `…1` and `…2`. A single name stays whole.
 */
export function distinctParts(names: readonly string[]): readonly string[] {
  const [first = '', ...others] = names;
  if (others.length === 0) return names;
  const shortest = Math.min(...names.map((name) => name.length));
  const before = commonLength(names, shortest, (name, index) => name[index]);
  const after = commonLength(names, shortest - before, (name, index) => name.at(-1 - index));
  // Whole parts only: 10.0.0.11 and 10.0.0.12 are …11 and …12.
  const start = 1 + lastSeparator(first.slice(0, before));
  const tail = first.slice(first.length - after);
  const cut = separator.test(tail) ? tail.length - tail.search(separator) : 0;
  return names.map((name) => `${start > 0 ? '…' : ''}${name.slice(start, name.length - cut)}`);
}

const separator = /[.:[\]]/;

const lastSeparator = (text: string): number =>
  Math.max(...['.', ':', '[', ']'].map((mark) => text.lastIndexOf(mark)));

function commonLength(
  names: readonly string[],
  most: number,
  characterAt: (name: string, index: number) => string | undefined,
): number {
  let length = 0;
  while (length < most && new Set(names.map((name) => characterAt(name, length))).size === 1) {
    length++;
  }
  return length;
}
