import * as z from 'zod';
import { configSchema } from './config-file.ts';
import { guardSchema } from './guard-file.ts';
import { kubeSchema } from './kube-schema.ts';
import { planSchema } from './plan-file.ts';

/** The files that have a schema, by what `drain schema` calls them. */
export const schemas = {
  plan: planSchema,
  config: configSchema,
  guard: guardSchema,
  kube: kubeSchema,
} as const;

export type SchemaKind = keyof typeof schemas;

export const isSchemaKind = (text: string): text is SchemaKind => Object.hasOwn(schemas, text);

/** The JSON Schema (2020-12) of a kind of file: what an editor completes and checks as it is written. */
export function jsonSchema(kind: SchemaKind): unknown {
  const { $schema, ...schema } = madeOf(schemas[kind]);
  return { $schema, title: `drain ${kind} file`, ...schema };
}

/** The JSON Schema of what is written as in a file. */
export function fileSchema(schema: z.ZodType): object {
  const { $schema: _, ...made } = madeOf(schema);
  return made;
}

const madeOf = (schema: z.ZodType) =>
  z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema: made }) => {
      if (hasShorthand(zodSchema)) shorten(made);
    },
  });

/** Whether a value may stand for a list of one, or for a mapping with one field. */
const hasShorthand = ({ _zod: { def } }: z.core.$ZodType): boolean =>
  def.type === 'pipe' && 'in' in def && (def.in as z.core.$ZodType)._zod.def.type === 'transform';

function shorten(made: z.core.JSONSchema.BaseSchema): void {
  const whole = { ...made };
  for (const key of Object.keys(made)) delete made[key];
  // A list that one of its entries may stand for, in whatever form.
  const entry = whole.type === 'array' && whole.items ? [whole.items as typeof whole] : [];
  made.anyOf = [{ type: ['string', 'number'] }, ...entry, whole];
}
