import { readFile } from 'node:fs/promises';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { jsonSchema, type SchemaKind } from '../../../src/config/files/json-schema.ts';

const root = new URL('../../../', import.meta.url);
const textOf = (name: string) => readFile(new URL(name, root), 'utf8');
const kinds: readonly SchemaKind[] = ['plan', 'config', 'guard', 'kube'];

const errorsOf = (kind: SchemaKind, yaml: string) => {
  const validate = new Ajv2020({ strict: false }).compile(jsonSchema(kind) as object);
  return validate(parse(yaml))
    ? []
    : (validate.errors ?? []).map(({ instancePath }) => instancePath);
};

describe('the JSON Schema', () => {
  it.each(kinds)(
    'of a %s file is the one in schemas/ (drain schema KIND > schemas/KIND.schema.json)',
    async (kind) => {
      expect(JSON.parse(await textOf(`schemas/${kind}.schema.json`))).toEqual(jsonSchema(kind));
    },
  );

  it.each([
    'add',
    'blue-green',
    'canary-gates',
    'at-night',
    'canary-steps',
    'canary',
    'guard',
    'kube',
    'retire',
    'rolling-batches',
    'unequal-servers',
    'weights',
  ])('is named by plans/%s.yaml, and takes it', async (name) => {
    const text = await textOf(`plans/${name}.yaml`);
    const [, kind = ''] =
      /^# yaml-language-server: \$schema=\.\.\/schemas\/(\w+)\.schema\.json\n/.exec(text) ?? [];
    expect(kinds).toContain(kind);
    expect(errorsOf(kind as SchemaKind, text)).toEqual([]);
  });

  it.each([
    {
      kind: 'plan',
      yaml: 'from: a\nto: b\nsteps: [5, { percent: 50, hold: 10m, manual: true }, 100]',
    },
    { kind: 'plan', yaml: 'add: [a, b=2]\nservice: tcp/10.0.0.100:80' },
    { kind: 'plan', yaml: 'rollouts: [{ weights: a=0 }, { weights: [a=1, b=2], over: 5m }]' },
    { kind: 'plan', yaml: 'from: a\ncheck: tcp\nover: 90' },
    { kind: 'plan', yaml: 'from: a\ncheck: { url: "http://{address}", status: 200, rise: 3 }' },
    { kind: 'plan', yaml: 'defaults: { over: 5m }\nrollouts: [{ from: a, to: [b, c=2] }]' },
    {
      kind: 'config',
      yaml: 'groups: { blue: 10.0.0.1, green: [10.0.0.2] }\ndefaults: { over: 10m, listen: ":9815" }',
    },
    {
      kind: 'config',
      yaml: 'directors: { lb1: ssh://root@lb1, lb2: { director: local, ipvsadm: sudo ipvsadm } }',
    },
    {
      kind: 'guard',
      yaml: 'services: [{ service: tcp/10.0.0.1:80, check: tcp, minHealthy: 50% }]',
    },
  ] as const)('takes a $kind file that drain takes: $yaml', ({ kind, yaml }) => {
    expect(errorsOf(kind, yaml)).toEqual([]);
  });

  it.each([
    { kind: 'plan', yaml: 'form: a', at: '' },
    { kind: 'plan', yaml: 'from: a\ncurve: bent', at: '/curve' },
    { kind: 'plan', yaml: 'rollouts: [{ from: a, kept: true }]', at: '/rollouts/0' },
    { kind: 'plan', yaml: 'keep: maybe', at: '/keep' },
    { kind: 'guard', yaml: 'services: []', at: '/services' },
  ] as const)(
    'refuses a $kind file that drain refuses, where it is wrong: $yaml',
    ({ kind, yaml, at }) => {
      expect(errorsOf(kind, yaml)).toContain(at);
    },
  );
});
