import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { glob } from '../../../../src/keepalived/edit/glob.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'drain-glob-'));
  await mkdir(join(folder, 'conf.d'));
  for (const name of ['a.conf', 'b.conf', 'b.conf~', '.a.conf', 'x[1]', 'run.conf'])
    await writeFile(join(folder, 'conf.d', name), '');
  await chmod(join(folder, 'conf.d/run.conf'), 0o755);
  await symlink('a.conf', join(folder, 'conf.d/z.conf'));
});
afterAll(() => rm(folder, { recursive: true }));

it.each([
  ['conf.d/*.conf', ['a.conf', 'b.conf', 'a.conf']],
  ['conf.d/{b,a}.conf', ['b.conf', 'a.conf']],
  ['conf.d/[!a].conf', ['b.conf', 'a.conf']],
  ['conf.d/?.conf~', ['b.conf~']],
  ['c*.d/.*', ['.a.conf']],
  ['conf.d/x\\[1\\]', ['x[1]']],
  ['conf.d', []],
  ['none/*', []],
])('%s names files as glob(3) does: %j', async (pattern, names) => {
  const found = await glob(pattern, folder);
  expect(found.map((path) => relative(join(folder, 'conf.d'), path))).toEqual(names);
  expect(await glob(join(folder, pattern), '/')).toEqual(found);
});
