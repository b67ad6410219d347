import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import type { Environment } from '../../../src/commands/environment.ts';
import { run as lint } from '../../../src/commands/tools/lint.ts';
import { type Block, blocks, root } from '../../support/docs/pages.ts';

const languages = ['sh', 'yaml', 'ini', 'json', 'hcl', 'text'];
const filesIn = (folder: string): readonly string[] =>
  readdirSync(join(root, folder)).map((file) => readFileSync(join(root, folder, file), 'utf8'));
const examples = filesIn('.github/examples');
const units = filesIn('packaging/files/systemd');

const of = (language: string): readonly (readonly [string, Block])[] =>
  blocks
    .filter((block) => block.language === language)
    .map((block) => [`${block.page}:${block.line}`, block] as const);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'drain-docs-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What `drain lint` says of a text. */
async function lintOf(text: string): Promise<{ readonly exitCode: number; readonly said: string }> {
  const file = join(folder, 'file.yaml');
  await writeFile(file, text);
  let said = '';
  const add = (more: string): void => {
    said += more;
  };
  const env = { out: add, err: add } as unknown as Environment;
  const table = { mainForm: {}, groups: [] } as unknown as Parameters<typeof lint>[2];
  const exitCode = await lint(env, { given: new Map(), operands: [file] }, table);
  return { exitCode, said };
}

/** Files of others, by a field at their top. */
const foreign = /^(?:apiVersion|scrape_configs):/m;

describe('a block of the docs', () => {
  it.each(blocks.map((block) => [`${block.page}:${block.line}`, block.language] as const))(
    'at %s says what it is written in',
    (_, language) => {
      expect(languages).toContain(language);
    },
  );

  it.each(of('yaml'))(
    'at %s is a file that drain takes, or one of the examples',
    async (_, block) => {
      const { text } = block;
      expect(parseAllDocuments(text).flatMap(({ errors }) => errors)).toEqual([]);
      if (foreign.test(text)) return;
      if (/^(?:jobs|stages|- hosts):/m.test(text)) expect(examples).toContain(text);
      else expect(await lintOf(text)).toMatchObject({ exitCode: 0 });
    },
  );

  it.each(of('hcl'))('at %s is one of the examples', (_, { text }) => {
    expect(examples).toContain(text);
  });

  it.each(of('ini'))('at %s is a unit of the packages', (_, { text }) => {
    expect(units).toContain(text);
  });

  it.each(of('json'))('at %s is JSON', (_, { text }) => {
    for (const line of text.trim().split('\n')) expect(() => JSON.parse(line)).not.toThrow();
  });

  it('would be refused with a field that there is not', async () => {
    expect(await lintOf('from: a\nto: b\novr: 5m\n')).toMatchObject({ exitCode: 2 });
    expect(await lintOf('defaults: { over: 5 }\n')).toMatchObject({ exitCode: 2 });
  });
});

describe('an example for a job', () => {
  it('is on a page', () => {
    const shown = blocks.map(({ text }) => text);
    const yaml = examples.filter((text) => !text.startsWith('#!'));
    expect(yaml.filter((text) => !shown.includes(text))).toEqual([]);
  });
});
