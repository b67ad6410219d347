import { isMap, isPair, isScalar, LineCounter, type Node, parseDocument } from 'yaml';
import { type Failure, fail, ok, type Result } from '../domain/failure.ts';

export type YamlPath = readonly PropertyKey[];

/** A YAML file that can say where a value stands. */
export interface YamlSource {
  readonly value: unknown;
  /** `lab.yaml:3:7`: where the value at this path begins, or else the nearest one around it. */
  locate(path: YamlPath): string;
  /** The same for the name of a field. */
  locateKey(path: YamlPath, key: string): string;
  /** The number of the line after the one where the value begins: the first line of a block text. */
  firstLineOf(path: YamlPath): number;
}

export function readYaml(text: string, file: string): Result<YamlSource> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  const error = document.errors[0];
  if (error) {
    // The first line only: the rest is a drawing of the place.
    const what = `${file} is no YAML: ${error.message.split('\n')[0]}`;
    return fail<Failure>({ kind: 'usage', what, where: at(error.pos[0]) });
  }
  const nodeAt = (path: YamlPath): Node | undefined => {
    for (let length = path.length; length >= 0; length--) {
      const node = document.getIn(path.slice(0, length), true) as Node | undefined;
      if (node?.range) return node;
    }
    return undefined;
  };
  const offsetOf = (path: YamlPath): number => nodeAt(path)?.range?.[0] ?? 0;
  return ok({
    value: document.toJS() as unknown,
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
