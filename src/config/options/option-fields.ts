import * as z from 'zod';
import { atPlace } from '../../domain/failure.ts';
import type { GateSpec } from '../../domain/health/gate.ts';
import type { YamlSource } from '../../files/yaml-source.ts';
import { checkSchema } from '../checks/check-schema.ts';
import { gateFields } from '../checks/gate-fields.ts';
import { notifySchema } from '../checks/notify-schema.ts';
import { stepsSchema } from '../checks/steps-schema.ts';
import { windowsSchema } from '../checks/windows-schema.ts';
import { serveOptionSpecs } from './command-options.ts';
import { type OptionSpec, optionSpecs } from './option-specs.ts';
import { fileOptions, type GivenOption, type GivenOptions, type OptionName } from './options.ts';

const scalar = z.union([z.string(), z.number()]).transform(String);

type Field = Omit<GivenOption, 'where' | 'layer'>;

/** The field `notify`, beside the options in a plan, and at the top of a config file as well. */
export const notifyField: z.ZodType<Field | undefined> = notifySchema
  .transform((notify) => ({ values: [], notify }))
  .optional()
  .describe('who is told of what happens to rollouts');

/** The field `windows`, in the same places. */
export const windowsField: z.ZodType<Field | undefined> = windowsSchema
  .transform((windows) => ({ values: [], windows }))
  .optional()
  .describe('when steps may be taken; outside of it the next one waits');

/** The options that files may give, as fields of a strict zod object. */
export const optionFields: Readonly<Record<string, z.ZodType<Field | undefined>>> = {
  ...Object.fromEntries(
    optionSpecs
      .filter((spec) => !('commandLineOnly' in spec))
      .map((spec) => [spec.name, fieldOf(spec.kind).optional().meta(descriptionOf(spec))]),
  ),
  notify: notifyField,
  windows: windowsField,
};

/** The fields of a plan that changes weights with nobody to hand over: `drain add` and `drain weight`. */
export const moveFields: Readonly<Record<'add' | 'weights', z.ZodType<Field | undefined>>> = {
  add: fieldOf('list')
    .optional()
    .describe(
      'new real servers for the services of `service`: SERVER or SERVER=WEIGHT (default: the mean of those that have weight), instead of from and to',
    ),
  weights: fieldOf('list')
    .optional()
    .describe('other weights of real servers: SERVER=N, instead of from and to'),
};

/** The options of `drain serve` as fields, which no plan has. */
export const serveFields: Readonly<Record<string, z.ZodType<Field | undefined>>> =
  Object.fromEntries(
    serveOptionSpecs.map((spec) => [
      spec.name,
      fieldOf(spec.kind).optional().meta(descriptionOf(spec)),
    ]),
  );

/** What an editor shows beside a field, and the values that it offers. */
function descriptionOf({ help, values }: OptionSpec): z.core.GlobalMeta {
  return { description: help, ...(values ? { enum: values } : {}) };
}

function fieldOf(kind: (typeof optionSpecs)[number]['kind']): z.ZodType<Field> {
  switch (kind) {
    case 'flag':
      return z.boolean().transform((on) => ({ values: [String(on)] }));
    case 'text':
      return scalar.transform((text) => ({ values: [text] }));
    case 'list':
      return z
        .union([scalar.transform((text) => [text]), z.array(scalar).min(1)])
        .transform((values) => ({ values }));
    case 'gate-command':
      return gateFields.command.transform(asGates);
    case 'gate-http':
      return gateFields.http.transform(asGates);
    case 'gate-prometheus':
      return gateFields.prometheus.transform(asGates);
    case 'check':
      return checkSchema.transform((check) => ({ values: [], check }));
    case 'steps':
      return stepsSchema;
  }
}

function asGates(gates: readonly GateSpec[]): Field {
  return { values: [], gates };
}

/** A mapping of a file that holds options. */
export interface PartOfFile {
  readonly layer: 'plan-file' | 'config-file';
  readonly path: readonly (string | number)[];
}

/** The options of one part of a checked file, each with the place where it stands. */
export function givenIn(
  source: YamlSource,
  { layer, path }: PartOfFile,
  fields: Readonly<Record<string, Field | undefined>>,
): GivenOptions {
  const given = new Map<OptionName, GivenOption>();
  const section = `${source.locate([]).file} ${path.join('.')}`;
  const specs = [...optionSpecs, ...serveOptionSpecs];
  for (const name of [...specs.map((spec) => spec.name), ...fileOptions]) {
    const field = fields[name];
    const place = source.locate([...path, name]);
    if (field) given.set(name, { ...field, ...atPlace(place, name), layer, section });
  }
  return given;
}
