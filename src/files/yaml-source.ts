import {
  type Document,
  isMap,
  isPair,
  isScalar,
  LineCounter,
  type Node,
  parseDocument,
  visit,
} from 'yaml';
import { atPlace, type FilePlace, fail, ok, type Result } from '../domain/failure.ts';
import { printable } from '../domain/printable.ts';
import { findExcess } from './yaml-limits.ts';

export type YamlPath = readonly PropertyKey[];

/** A YAML file that can tell the place of each value. */
export interface YamlSource {
  readonly value: unknown;
  /** The beginning of the value at this path, or else of the nearest one around it. */
  locate(path: YamlPath): FilePlace;
  /** The beginning of the name of a field at this path. */
  locateKey(path: YamlPath, key: string): FilePlace;
  /** The number of the line after the one where the value begins: the first line of a block text. */
  firstLineOf(path: YamlPath): number;
}

/** A mistake in a YAML text, and where it begins. */
interface Mistake {
  readonly why: string;
  readonly offset: number;
}

export function readYaml(text: string, file: string): Result<YamlSource> {
  const refuse = ({ why, offset }: Mistake): Result<never> => {
    const before = text.slice(0, offset).split('\n');
    const column = (before.at(-1) ?? '').length + 1;
    const place = { file: printable(file), line: before.length, column };
    const what = `${printable(file)} is no YAML: ${printable(why)}`;
    return fail({ kind: 'usage', what, ...atPlace(place) });
  };
  const excess = findExcess(text);
  if (excess) return refuse(excess);
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    // Without a drawing of the place for every error, and without comparing each key to each other.
    prettyErrors: false,
    uniqueKeys: false,
  });
  const at = (offset: number): FilePlace => {
    const { line, col } = lines.linePos(offset);
    return { file: printable(file), line, column: col };
  };
  const mistake = firstError(document) ?? firstWrongKey(document);
  if (mistake) return refuse(mistake);
  const value = plainValue(document);
  if (!value.ok) return refuse(value.failure);
  const nodeAt = (path: YamlPath): Node | undefined => {
    for (let length = path.length; length >= 0; length--) {
      const node = document.getIn(path.slice(0, length), true) as Node | undefined;
      if (node?.range) return node;
    }
    return undefined;
  };
  const offsetOf = (path: YamlPath): number => nodeAt(path)?.range?.[0] ?? 0;
  return ok({
    value: value.value,
    locate: (path) => at(offsetOf(path)),
    locateKey(path, key) {
      const node = nodeAt(path);
      const pair = isMap(node)
        ? node.items.find((item) => isPair(item) && isScalar(item.key) && item.key.value === key)
        : undefined;
      const found = pair && isScalar(pair.key) ? pair.key.range?.[0] : undefined;
      return at(found ?? offsetOf(path));
    },
    firstLineOf: (path) => lines.linePos(offsetOf(path)).line + 1,
  });
}

function firstError({ errors }: Document): Mistake | undefined {
  const [error] = errors;
  return error && { why: error.message.split('\n')[0] ?? '', offset: error.pos[0] };
}

function firstWrongKey(document: Document): Mistake | undefined {
  let wrong: Mistake | undefined;
  visit(document, {
    Map(_, { items }) {
      const seen = new Set<unknown>();
      for (const { key } of items) {
        if (!isScalar(key)) continue;
        const offset = key.range?.[0] ?? 0;
        if (seen.has(key.value)) wrong = { why: 'map keys must be unique', offset };
        // Objects keep their prototype there, and schemas pass over it in silence.
        if (key.value === '__proto__') wrong = { why: 'no field can be called __proto__', offset };
        if (wrong) return visit.BREAK;
        seen.add(key.value);
      }
      return undefined;
    },
  });
  return wrong;
}

/** The value, unless its aliases lead nowhere, or to so much that it would fill the memory. */
function plainValue(document: Document): Result<unknown, Mistake> {
  try {
    return ok(document.toJS());
  } catch (error) {
    let offset = 0;
    visit(document, {
      Alias(_, alias) {
        offset = alias.range?.[0] ?? 0;
        return alias.resolve(document) ? undefined : visit.BREAK;
      },
    });
    return fail({ why: (error as Error).message, offset });
  }
}
