import { flagsOf, optionsOfAll } from '../../src/commands/command-line/row-options.ts';
import { commandTable } from '../../src/commands/program.ts';
import { printedNames } from '../../src/domain/printed-command.ts';

/** In sentences `in` and `out` are mostly words. */
const names = printedNames.filter((name) => name !== 'in' && name !== 'out').join('|');
const start = new RegExp(`\\bdrain (${names})(?![\\w-])`, 'g');
const word = /^ +((?:\$'(?:[^'\\]|\\.)*'|'[^']*'|\\.|[^\s'\\])+)/;
const id = /^\d{8}-\d{9}-[0-9a-f]{4}(?:-around|-sequence)?$/;
const needsId = ['pause', 'continue', 'rollback', 'abandon', 'report'];

const takesValue = new Map<string, boolean>(
  optionsOfAll(commandTable).flatMap((spec) =>
    flagsOf(spec).map((flag) => [flag, spec.kind !== 'flag'] as const),
  ),
);

/**
 * The commands that stand in a text to be pasted, as they are written there: a name, an id or a file,
 * and options. What goes on behind that is the sentence around them.
 */
export function commandsIn(text: string): readonly string[] {
  return [...text.matchAll(start)].flatMap((match) => {
    const [command, name = ''] = match;
    const words: string[] = [];
    let rest = text.slice(match.index + command.length);
    let isValue = false;
    let hasOperand = false;
    for (let found = word.exec(rest); found; found = word.exec(rest)) {
      const [whole, written = ''] = found;
      const bare = written.replace(/[.,;:)]+$/, '');
      const isOption: boolean = !isValue && takesValue.has(bare.split('=')[0] ?? '');
      const isOperand: boolean = !isValue && !hasOperand && (name === 'apply' || id.test(bare));
      if (!isValue && !isOption && !isOperand) break;
      words.push(bare);
      hasOperand ||= isOperand;
      isValue = isOption && !bare.includes('=') && takesValue.get(bare) === true;
      if (bare !== written) break;
      rest = rest.slice(whole.length);
    }
    if (needsId.includes(name) && !hasOperand) return [];
    return [[command, ...words].join(' ')];
  });
}

/** Every text in a value of JSON. */
export function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}
