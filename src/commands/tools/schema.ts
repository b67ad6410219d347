import { isSchemaKind, jsonSchema, schemas } from '../../config/files/json-schema.ts';
import { didYouMean } from '../../domain/nearest.ts';
import { printable } from '../../domain/printable.ts';
import type { RunCommand } from '../command-line/command.ts';
import { Refusal } from '../refusal.ts';

/** `drain schema KIND`: the JSON Schema of a kind of file. */
export const run: RunCommand = async (env, { operands: [kind = ''] }) => {
  if (!isSchemaKind(kind)) {
    const what = `there is no schema of ${printable(kind)}${didYouMean(kind, Object.keys(schemas))}`;
    throw new Refusal([{ kind: 'usage', what, next: `name ${Object.keys(schemas).join(' or ')}` }]);
  }
  env.out(`${JSON.stringify(jsonSchema(kind), undefined, 2)}\n`, { kind: 'data' });
  return 0;
};
