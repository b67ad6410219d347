import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { parseCompiledPlan } from '../../../src/config/files/compiled-plan.ts';
import { parseConfig } from '../../../src/config/files/config-file.ts';
import { parsePlanFile } from '../../../src/config/files/plan-file.ts';
import type { Result } from '../../../src/domain/failure.ts';
import { printable } from '../../../src/domain/printable.ts';
import { adviceText } from '../../../src/domain/rollout/rollout-status.ts';
import { parseScenario } from '../../../src/ipvs/simulated/scenario/scenario.ts';
import { compiledPlanText } from '../../support/compiled-plan-text.ts';
import { hostileYaml } from '../../support/hostile-yaml.ts';
import { cpuMsOf } from '../../support/stopwatch.ts';

type Parser = (text: string, file: string) => Result<unknown>;

const parsers: Readonly<Record<string, Parser>> = {
  'a plan file': parsePlanFile,
  'a config file': parseConfig,
  'a scenario': parseScenario,
  'a compiled plan': parseCompiledPlan,
};

const plans = new URL('../../../plans/', import.meta.url);
const config =
  'names: {blue: 10.0.0.1, green: 10.0.0.2:80}\ngroups:\n  web: [blue, green]\n  db: 10.0.0.9\ndefaults:\n  over: 5m\n  keep: true\n';
const compiled = compiledPlanText();
const examples = [
  ...readdirSync(plans).map((file) => readFileSync(new URL(file, plans), 'utf8')),
  config,
  compiled,
];

const prototypes = [
  Object.prototype,
  Array.prototype,
  String.prototype,
  Map.prototype,
  Set.prototype,
];
const ownKeys = () => prototypes.map((prototype) => Reflect.ownKeys(prototype));
const keysBefore = ownKeys();

/** What every parser promises for every text; says whether it took it. */
function expectAnswer(parse: Parser, text: string): boolean {
  const result = parse(text, 'dir/\u001b[2Jplan.yaml');
  if (result.ok) return true;
  const { kind, what, where, next } = result.failure;
  expect(kind).toBe('usage');
  for (const said of [what, where ?? '', adviceText(next ?? '')]) {
    expect(printable(said, 10_000)).toBe(said);
    expect(said.length).toBeLessThan(3_000);
  }
  return false;
}

afterAll(() => {
  expect(ownKeys()).toEqual(keysBefore);
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  expect((globalThis as Record<string, unknown>).polluted).toBeUndefined();
});

describe.each(Object.entries(parsers))('%s', (_, parse) => {
  it.each(Object.entries(hostileYaml))(
    'of hostile text ends soon and in bounded memory: %s',
    (_, make) => {
      const text = make();
      const memoryBytes = process.memoryUsage().rss;
      const tookMs = cpuMsOf(() => void expectAnswer(parse, text));
      // Generous: what these guard against takes minutes.
      expect(tookMs).toBeLessThan(8_000);
      expect(process.memoryUsage().rss - memoryBytes).toBeLessThan(600_000_000);
      expect(ownKeys()).toEqual(keysBefore);
    },
  );

  it('of any text is read or refused', () => {
    const character = fc.oneof(
      fc.constantFrom(...'[]{}:,-?&*!|>\'"%@`#\n\r\t \\<~.0a\0\u001b\ufeff\u2028\u202e\ud83d'),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    );
    const text = fc.array(character, { maxLength: 200 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, (noise) => void expectAnswer(parse, noise)),
      { numRuns: 400 },
    );
  });

  it('cut, doubled and mixed from valid ones is read or refused', () => {
    const slice = fc.tuple(fc.constantFrom(...examples), fc.nat(), fc.nat(60));
    const edit = fc.record({ at: fc.nat(), cut: fc.nat(60), slice, paste: fc.boolean() });
    const mutated = fc
      .tuple(fc.constantFrom(...examples), fc.array(edit, { minLength: 1, maxLength: 6 }))
      .map(([example, edits]) => edits.reduce(applyEdit, example));
    fc.assert(
      fc.property(mutated, (text) => void expectAnswer(parse, text)),
      { numRuns: 300 },
    );
  });

  it('made of any value is read or refused', () => {
    const name = fc.constantFrom('from', 'to', 'over', 'keep', 'steps', 'names', 'groups', 'table');
    const more = fc.constantFrom('defaults', 'traffic', 'plan', 'director', '__proto__', 'service');
    const key = fc.oneof(name, more, fc.string());
    const { value } = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.oneof(fc.string(), fc.double(), fc.boolean(), fc.constant(null), fc.bigInt()),
        fc.array(tie('value'), { maxLength: 4 }),
        fc
          .uniqueArray(fc.tuple(key, tie('value')), { maxLength: 5, selector: ([one]) => one })
          .map((fields) => new Map(fields)),
      ),
    }));
    fc.assert(
      fc.property(value, (any) => void expectAnswer(parse, stringify(any))),
      { numRuns: 300 },
    );
  });
});

function applyEdit(
  text: string,
  edit: { at: number; cut: number; slice: [string, number, number]; paste: boolean },
): string {
  const [source, from, length] = edit.slice;
  const start = from % source.length;
  const at = edit.at % (text.length + 1);
  const pasted = edit.paste ? source.slice(start, start + length) : '';
  return text.slice(0, at) + pasted + text.slice(at + edit.cut);
}

describe('what the mutations start from', () => {
  it('is taken by the parser that it is meant for, so that they reach behind the first check', () => {
    for (const parse of Object.values(parsers)) {
      expect(examples.some((example) => expectAnswer(parse, example))).toBe(true);
    }
  });
});

describe('names that objects have already', () => {
  it('are fields that do not exist, and say so', () => {
    for (const field of ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty']) {
      for (const parse of [parsePlanFile, parseConfig, parseScenario]) {
        const result = parse(`${field}: {polluted: 1}`, 'x.yaml');
        expect(result.ok, field).toBe(false);
      }
    }
  });

  it('are names of servers like any other', () => {
    const names = 'toString: 10.0.0.1, constructor: 10.0.0.2';
    const read = parseConfig(`names: {${names}}\ngroups: {valueOf: [toString]}`, 'x.yaml');
    if (!read.ok) throw new Error(read.failure.what);
    expect(read.value.names.names.get('constructor')).toBe('10.0.0.2');
    expect(read.value.names.names.get('hasOwnProperty')).toBeUndefined();
    expect(read.value.names.groups.get('valueOf')).toEqual(['toString']);
  });
});

describe('a name that no object can have', () => {
  it('is refused where it stands, and not lost', () => {
    const read = parseConfig('names:\n  __proto__: 10.0.0.3', 'x.yaml');
    if (read.ok) throw new Error('it was read');
    expect(read.failure).toMatchObject({ where: 'x.yaml:2:3' });
  });
});

describe('a YAML text', () => {
  const whatOf = (text: string) => {
    const read = parsePlanFile(text, 'p.yaml');
    return read.ok ? 'read' : `${read.failure.where} ${read.failure.what}`;
  };

  it('says where it is wrong', () => {
    expect(whatOf('from: a\n# x\nfrom: b')).toMatch(/^p\.yaml:3:1 .*must be unique/);
    expect(whatOf('from: a\nto: *b')).toMatch(/^p\.yaml:2:5 .*Unresolved alias/);
    expect(whatOf('from: a\nto: [b')).toMatch(/^p\.yaml:2:7 p\.yaml is no YAML/);
    expect(whatOf(`from: a\nto: ${'['.repeat(101)}`)).toMatch(/^p\.yaml:2:105 .*100 levels/);
  });

  it('may be as wide, indented and commented as people make it', () => {
    expect(whatOf(`from: a${' '.repeat(300)}# x: [[[\nto:\n${' '.repeat(80)}- b`)).toBe('read');
    expect(whatOf(`from: [\n${' '.repeat(300)}10.0.0.1,\n${' '.repeat(300)}10.0.0.2]`)).toBe(
      'read',
    );
    expect(whatOf('from: &old 10.0.0.1\nto: [10.0.0.2]\nservice: tcp/10.0.0.100:80 # *old')).toBe(
      'read',
    );
  });
});
