import * as z from 'zod';
import { atPlace, type FilePlace, fail, ok, type Result } from '../../domain/failure.ts';
import { gateFieldsAt } from '../checks/gate-fields.ts';
import { notifyFields } from '../checks/notify-schema.ts';
import { windowFields } from '../checks/windows-schema.ts';
import { givenIn, moveFields, optionFields, type PartOfFile } from '../options/option-fields.ts';
import { type GivenOptions, layered, type OptionName } from '../options/options.ts';
import { checkYaml } from './checked-file.ts';

const plan = z.strictObject(optionFields);
const planFields = { ...optionFields, ...moveFields };
const sequence = {
  rollouts: z
    .array(z.strictObject(planFields))
    .min(1, 'at least one rollout is needed')
    .optional()
    .describe('several rollouts, carried out one after the other'),
  defaults: plan.optional().describe('options of all of them'),
};
/** The fields of a plan file. */
export const planSchema = z.strictObject({ ...planFields, ...sequence });

/**
 * A plan file in YAML: the options of the command line, in camelCase, or under `rollouts` a list of
 * such plans that are carried out one after the other, with `defaults` for all of them.
 */
export function parsePlanFile(text: string, file: string): Result<readonly GivenOptions[]> {
  const checked = checkYaml(text, file, planSchema, (path) =>
    path.includes('notify')
      ? notifyFields
      : path.includes('windows')
        ? windowFields
        : (gateFieldsAt(path) ?? fieldsAt(path)),
  );
  if (!checked.ok) return checked;
  const { source } = checked.value;
  const { rollouts, defaults, ...options } = checked.value.value;
  const single = givenIn(source, at(), options as Parameters<typeof givenIn>[2]);
  if (!rollouts)
    return defaults ? fail(lonelyDefaults(source.locateKey([], 'defaults'))) : ok([single]);
  const [stray] = single.keys();
  if (stray) return fail(besideRollouts(stray, source.locateKey([], stray)));
  const common = givenIn(source, at('defaults'), defaults ?? {});
  const late = rollouts.findIndex(
    (fields, index) => index > 0 && 'at' in fields && fields.at !== undefined,
  );
  if (late > 0) return fail(laterStart(source.locateKey(['rollouts', late], 'at')));
  return ok(
    rollouts.map((fields, index) =>
      layered(
        givenIn(source, at('rollouts', index), fields),
        index === 0 ? common : withoutStart(common),
      ),
    ),
  );
}

/** The fields that a mapping of the file may have. */
const fieldsAt = ([first]: readonly PropertyKey[]): readonly string[] =>
  Object.keys(
    first === undefined ? planSchema.shape : first === 'rollouts' ? planFields : optionFields,
  );

/** A part of a plan file. */
const at = (...path: readonly (string | number)[]): PartOfFile => ({ layer: 'plan-file', path });

const besideRollouts = (name: OptionName, place: FilePlace) =>
  ({
    kind: 'usage',
    what: `"${name}" stands beside rollouts, and belongs to none of them`,
    ...atPlace(place),
    next: 'write it under defaults, for all of them, or into those that it is for',
  }) as const;

const lonelyDefaults = (place: FilePlace) =>
  ({
    kind: 'usage',
    what: 'defaults are for the rollouts of a list, and there is none',
    ...atPlace(place),
    next: 'write the options as they are, or the list under rollouts',
  }) as const;

/** The options of a rollout that begins as soon as the one before it is done. */
export const withoutStart = (given: GivenOptions): GivenOptions =>
  new Map([...given].filter(([name]) => name !== 'at'));

const laterStart = (place: FilePlace) =>
  ({
    kind: 'usage',
    what: 'at is the start of a list, and this is not the first of its rollouts',
    ...atPlace(place),
    next: 'write it under defaults or into the first: the others begin when the one before is done',
  }) as const;
