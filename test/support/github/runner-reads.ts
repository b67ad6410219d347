/** A workflow command as the runner reads it from a line of a step's output. */
export interface ReadCommand {
  readonly command: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly message: string;
}

const registered =
  /^(error|warning|notice|debug|group|endgroup|echo|add-mask|add-path|set-env|set-output|save-state|stop-commands|(add|remove)-matcher|internal-set-repo-path)$/i;

/** actions/runner, ActionCommand.cs: `::` at the beginning of a line, or `##[` anywhere in it. */
export function readCommands(text: string): readonly ReadCommand[] {
  return text.split(/\r\n|\r|\n/).flatMap((line) => newForm(line) ?? oldForm(line) ?? []);
}

function newForm(line: string): ReadCommand | undefined {
  const [, words = '', message = ''] = /^\s*::(.*?)::(.*)$/su.exec(line) ?? [];
  return commandOf(words, message, ',', [
    ['%0D', '\r'],
    ['%0A', '\n'],
    ['%3A', ':'],
    ['%2C', ','],
    ['%25', '%'],
  ]);
}

function oldForm(line: string): ReadCommand | undefined {
  const [, words = '', message = ''] = /##\[(.*?)\](.*)$/s.exec(line) ?? [];
  return commandOf(words, message, ';', []);
}

function commandOf(
  words: string,
  message: string,
  separator: string,
  escapes: readonly (readonly [string, string])[],
): ReadCommand | undefined {
  const [command = '', ...rest] = words.trim().split(' ');
  if (!registered.test(command)) return undefined;
  const plain = (text: string, of: typeof escapes): string =>
    of.reduce((all, [from, to]) => all.replaceAll(from, to), text);
  const inMessages = escapes.filter(([from]) => from !== '%3A' && from !== '%2C');
  const properties = rest
    .join(' ')
    .split(separator)
    .flatMap((pair) => {
      const [name = '', ...value] = pair.split('=');
      return value.length > 0 ? [[name.trim(), plain(value.join('='), escapes)] as const] : [];
    });
  return {
    command,
    properties: Object.fromEntries(properties),
    message: plain(message, inMessages),
  };
}

/** The file GITHUB_OUTPUT as the runner reads it; a later value replaces an earlier one. */
export function readOutputs(text: string): Readonly<Record<string, string>> {
  const lines = text.split('\n');
  const outputs: Record<string, string> = {};
  while (lines.length > 0) {
    const line = lines.shift() ?? '';
    if (line === '') continue;
    const [, name = '', delimiter] = /^(.+?)<<(.+)$/.exec(line) ?? [];
    if (delimiter === undefined) {
      const at = line.indexOf('=');
      if (at < 0) throw new Error(`no output: ${line}`);
      outputs[line.slice(0, at)] = line.slice(at + 1);
      continue;
    }
    const end = lines.indexOf(delimiter);
    if (end < 0) throw new Error(`no end of ${name}: ${delimiter}`);
    outputs[name] = lines.splice(0, end).join('\n');
    lines.shift();
  }
  return outputs;
}
