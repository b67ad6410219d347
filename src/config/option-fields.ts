import { z } from 'zod';
import type { YamlSource } from '../files/yaml-source.ts';
import { type GivenOption, type GivenOptions, type OptionName, optionSpecs } from './options.ts';

const scalar = z.union([z.string(), z.number()]).transform(String);

/** The options that files may give, as fields of a strict zod object. */
export const optionFields = Object.fromEntries(
  optionSpecs
    .filter((spec) => !('commandLineOnly' in spec))
    .map((spec) => [spec.name, fieldOf(spec.kind).optional()]),
);

function fieldOf(kind: (typeof optionSpecs)[number]['kind']): z.ZodType<readonly string[]> {
  switch (kind) {
    case 'flag':
      return z.boolean().transform((on) => [String(on)]);
    case 'text':
      return scalar.transform((text) => [text]);
    case 'list':
      return z.union([scalar.transform((text) => [text]), z.array(scalar).min(1)]);
  }
}

/** What a checked file gives, each option with the place where it stands. */
export function givenIn(
  source: YamlSource,
  path: readonly string[],
  fields: Readonly<Record<string, unknown>>,
): GivenOptions {
  const given = new Map<OptionName, GivenOption>();
  for (const { name } of optionSpecs) {
    const values = fields[name];
    if (!Array.isArray(values)) continue;
    given.set(name, { values, where: `${source.locate([...path, name])}, ${name}` });
  }
  return given;
}
