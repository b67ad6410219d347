/** A command of a shell as its words, without redirections. */
export type ShellCommand = readonly string[];

/**
 * The commands of a script, also those of `$(...)`, as a shell takes them apart: words, quotes, comments,
 * lines that go on, `&&`, `;` and pipes. For the scripts of the docs, which have no more than that.
 */
export function commandsOf(script: string): readonly ShellCommand[] {
  const commands: string[][] = [[]];
  const inner: ShellCommand[] = [];
  let word: string | undefined;
  let isFile = false;
  const endWord = (): void => {
    if (word !== undefined && !isFile) commands.at(-1)?.push(word);
    if (word !== undefined) isFile = false;
    word = undefined;
  };
  const endCommand = (): void => {
    endWord();
    commands.push([]);
  };
  for (let i = 0; i < script.length; i++) {
    const sign = script.charAt(i);
    if (script.startsWith('$(', i)) {
      const end = script.indexOf(')', i);
      inner.push(...commandsOf(script.slice(i + 2, end)));
      word = `${word ?? ''}…`;
      i = end;
    } else if (sign === '"') {
      const end = script.indexOf('"', i + 1);
      const text = script.slice(i + 1, end);
      const [, called] = /^\$\((.*)\)$/.exec(text) ?? [];
      if (called !== undefined) inner.push(...commandsOf(called));
      word = `${word ?? ''}${text}`;
      i = end;
    } else if (sign === "'") {
      const end = script.indexOf("'", i + 1);
      word = `${word ?? ''}${script.slice(i + 1, end)}`;
      i = end;
    } else if (sign === '\\' && script.charAt(i + 1) === '\n') {
      i += 1;
    } else if (sign === '#' && word === undefined) {
      i = script.indexOf('\n', i) - 1;
      if (i < 0) break;
    } else if ('\n;|&'.includes(sign)) {
      endCommand();
    } else if (sign === '>') {
      endWord();
      isFile = true;
    } else if (sign === ' ') {
      endWord();
    } else {
      word = `${word ?? ''}${sign}`;
    }
  }
  endCommand();
  return [...commands.filter((words) => words.length > 0), ...inner];
}
