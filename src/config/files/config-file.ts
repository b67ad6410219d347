import * as z from 'zod';
import { parseServerName } from '../../domain/address.ts';
import { atPlace, type FilePlace, fail, ok, type Result } from '../../domain/failure.ts';
import { printable } from '../../domain/printable.ts';
import { gateFieldsAt } from '../checks/gate-fields.ts';
import { minServingField } from '../checks/min-serving.ts';
import { notifyFields } from '../checks/notify-schema.ts';
import { periodOf } from '../checks/period.ts';
import { windowFields } from '../checks/windows-schema.ts';
import { directorsField } from '../names/directors.ts';
import {
  givenIn,
  notifyField,
  optionFields,
  serveFields,
  windowsField,
} from '../options/option-fields.ts';
import { fileOptions, layered } from '../options/options.ts';
import { checkYaml } from './checked-file.ts';
import type { Config } from './config.ts';

const serverList = z.union([z.string().transform((text) => [text]), z.array(z.string()).min(1)]);

/** The reason of everything would be the reason of nothing. */
const { reason: _, ...ofEveryRollout } = optionFields;
const defaultFields = { ...ofEveryRollout, ...serveFields };

/** The fields of a config file. */
export const configSchema = z.strictObject({
  names: z
    .record(z.string(), z.string())
    .default({})
    .describe('names of real servers: NAME: ADDRESS, or docker://CONTAINER'),
  groups: z
    .record(z.string(), serverList)
    .default({})
    .describe('groups of real servers: NAME: [ADDRESS, docker://CONTAINER, ...]'),
  directors: directorsField,
  defaults: z.strictObject(defaultFields).default({}).describe('options of every rollout'),
  notify: notifyField,
  windows: windowsField,
  keep: periodOf(1, '90d')
    .optional()
    .describe('time that drain prune keeps what is over (default: 90d)'),
  requireReason: z
    .boolean()
    .optional()
    .describe('whether whoever begins a change has to say why, with --reason (default: false)'),
  minServing: minServingField,
});

/** Names, groups and defaults, held against the schema. */
export function parseConfig(text: string, file: string): Result<Config> {
  const checked = checkYaml(text, file, configSchema, (path) => {
    if (path.includes('notify')) return notifyFields;
    if (path.includes('windows')) return windowFields;
    if (path[0] === 'directors') {
      return path.at(-1) === 'manager' ? ['keepalived'] : ['director', 'ipvsadm', 'manager'];
    }
    return (
      gateFieldsAt(path) ?? Object.keys(path.length === 0 ? configSchema.shape : defaultFields)
    );
  });
  if (!checked.ok) return checked;
  const { source, value } = checked.value;
  for (const [field, known] of Object.entries({ names: value.names, groups: value.groups })) {
    const address = Object.keys(known).find((name) => parseServerName(name));
    if (address !== undefined) return fail(named(address, source.locateKey([field], address)));
  }
  const alike = Object.keys(value.groups).find((name) => Object.hasOwn(value.names, name));
  if (alike !== undefined) return fail(nameAndGroup(alike, source.locateKey(['groups'], alike)));
  const defaults = givenIn(source, { layer: 'config-file', path: ['defaults'] }, value.defaults);
  const { notify, windows } = value;
  const atTop = { ...(notify ? { notify } : {}), ...(windows ? { windows } : {}) };
  const both = fileOptions.find((name) => Object.hasOwn(atTop, name) && defaults.has(name));
  if (both) return fail(twice(both, source.locateKey([], both)));
  return ok({
    names: {
      names: new Map(Object.entries(value.names)),
      groups: new Map(Object.entries(value.groups)),
    },
    directors: new Map(Object.entries(value.directors)),
    keepMs: value.keep,
    requireReason: value.requireReason
      ? atPlace(source.locateKey([], 'requireReason'), 'requireReason').where
      : undefined,
    floors: value.minServing,
    defaults: layered(defaults, givenIn(source, { layer: 'config-file', path: [] }, atTop)),
  });
}

const named = (address: string, place: FilePlace) =>
  ({
    kind: 'usage',
    what: `${address} is an address, and stands for itself`,
    ...atPlace(place),
    next: 'give a name that is none, such as web1',
  }) as const;

/** Nobody could tell which of them an option means. */
const nameAndGroup = (name: string, place: FilePlace) =>
  ({
    kind: 'usage',
    what: `"${printable(name)}" is a group and a name`,
    ...atPlace(place),
    next: 'call one of them something else',
  }) as const;

const twice = (name: string, place: FilePlace) =>
  ({
    kind: 'usage',
    what: `${name} stands here and under defaults`,
    ...atPlace(place),
    next: 'write both lists as one',
  }) as const;
