/**
 * Puts chunks into scripts, in which V8 makes them together: one for each of `groups`, the names that are
 * loaded together, and one for each of the others. A chunk is `{ name, text, map }`, its text a function in
 * parentheses; a script is an array of such functions, with a map of where each line comes from.
 */
export function scriptsOf(chunks, groups) {
  const byName = new Map(chunks.map((chunk) => [chunk.name, chunk]));
  const grouped = new Set(groups.flat());
  const alone = chunks.filter(({ name }) => !grouped.has(name)).map(({ name }) => [name]);
  return [...groups, ...alone].map((names) => scriptOf(names.map((name) => byName.get(name))));
}

function scriptOf(chunks) {
  const [{ name: first }] = chunks;
  const sections = [];
  let line = 1;
  for (const { text, map } of chunks) {
    sections.push({ offset: { line, column: 0 }, map });
    line += text.split('\n').length;
  }
  return {
    names: chunks.map(({ name }) => name),
    text: `[\n${chunks.map(({ text }) => text).join(',\n')}\n]\n//# sourceMappingURL=maps/${first}.map\n`,
    map: JSON.stringify({ version: 3, file: first, sections }),
  };
}
