import { jsonSchema, type SchemaKind } from '../../src/config/files/json-schema.ts';
import { code, pageOf, sentence, table } from './markdown.ts';

/** As much of a JSON Schema as the schemas of drain's files have. */
interface Schema {
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly additionalProperties?: Schema | boolean;
  readonly anyOf?: readonly Schema[];
}

const about: Readonly<Record<SchemaKind, readonly [title: string, text: string]>> = {
  plan: ['A plan file', '`drain plan FILE` shows it and `drain apply FILE` carries it out.'],
  config: [
    'The config file',
    '`./drain.yaml`, else `/etc/drain/drain.yaml`, or what `--config` names.',
  ],
  guard: ['A guard file', '`drain guard FILE` carries it out.'],
  kube: ['A kube file', 'Says what a cluster may ask of which directors.'],
};

/** Every field of the files that people write, from the schemas that they are checked against. */
export function filesPage(): string {
  const kinds = Object.keys(about) as readonly SchemaKind[];
  return pageOf(
    'Files',
    'They are YAML. `drain lint FILE` says what is wrong with one, and `drain schema KIND` prints the JSON Schema that these tables are made of.',
    kinds.map((kind) => {
      const [title, text] = about[kind];
      const rows = rowsOf(jsonSchema(kind) as Schema, '');
      return [`## ${title}`, '', text, '', ...table(['field', 'value', 'meaning'], rows)];
    }),
  );
}

type Row = readonly [field: string, value: string, meaning: string];

/** A row for each field, and below it those inside of it, as `steps[].hold`. */
function rowsOf(schema: Schema, path: string): readonly Row[] {
  const required = schema.required ?? [];
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]): readonly Row[] => {
    const here = `${path}${name}`;
    const must = required.includes(name) ? ' (required)' : '';
    const row: Row = [code(here), `${valueText(field)}${must}`, sentence(field.description ?? '')];
    return [row, ...inside(field, here)];
  });
}

/** The options of a rollout are listed once: where they stand again, one row says so. */
function inside(field: Schema, path: string): readonly Row[] {
  const shapes = [field, ...(field.anyOf ?? [])];
  return shapes.flatMap((shape): readonly Row[] => {
    if (shape.items) return inside(shape.items, `${path}[]`);
    if (shape.properties?.over && shape.properties.every) {
      const own = Object.entries(shape.properties).filter(
        ([name]) => name === 'listen' || name === 'tokenFile',
      );
      return [
        [code(`${path}.…`), 'options', 'every [option](options.md) that a file may have'],
        ...rowsOf({ properties: Object.fromEntries(own) }, `${path}.`),
      ];
    }
    if (shape.properties) return rowsOf(shape, `${path}.`);
    if (typeof shape.additionalProperties === 'object') {
      return inside(shape.additionalProperties, `${path}.NAME`);
    }
    return [];
  });
}

function valueText(schema: Schema): string {
  if (schema.enum) return schema.enum.map((value) => code(String(value))).join(', ');
  if (schema.anyOf) return [...new Set(schema.anyOf.map(valueText))].join(', or ');
  if (schema.items) return 'a list';
  if (schema.properties || schema.additionalProperties) return 'a mapping';
  const types = [schema.type ?? []].flat();
  return types.length === 0
    ? 'text or a mapping'
    : [...new Set(types.map((type) => words[type] ?? type))].join(' or ');
}

const words: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'number',
  integer: 'number',
  boolean: 'true or false',
};
