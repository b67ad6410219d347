import { execFileSync } from 'node:child_process';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readTokens, stampOfFile } from '../../../src/config/control/read-tokens.ts';
import { parseTokensFile } from '../../../src/config/control/tokens-file.ts';
import { withFolder } from '../../support/drain-command.ts';

const digest = 'a'.repeat(64);
const failureOf = (text: string) => {
  const parsed = parseTokensFile(text, 'tokens.yaml');
  return parsed.ok ? undefined : parsed.failure;
};

describe('a tokens file', () => {
  it('gives each name its role, its limits and its end', () => {
    const text = `tokens:
  - {name: ci, sha256: ${digest.toUpperCase()}, role: start, services: [tcp/10.0.0.100:80], groups: [blue], directors: [lb1], expires: "2027-01-31T00:00:00Z"}
  - {name: look, sha256: ${'b'.repeat(64)}, role: read}
`;
    expect(parseTokensFile(text, 'tokens.yaml')).toEqual({
      ok: true,
      value: [
        {
          name: 'ci',
          sha256: digest,
          role: 'start',
          services: ['tcp/10.0.0.100:80'],
          groups: ['blue'],
          directors: ['lb1'],
          expiresMs: Date.UTC(2027, 0, 31),
        },
        { name: 'look', sha256: 'b'.repeat(64), role: 'read' },
      ],
    });
  });

  it.each([
    ['a role that there is none of', `[{name: ci, sha256: ${digest}, role: admin}]`, 'role'],
    ['a token instead of its digest', '[{name: ci, sha256: secret, role: read}]', 'sha256sum'],
    [
      'a field that there is none of',
      `[{name: ci, sha256: ${digest}, role: read, group: x}]`,
      'group',
    ],
    ['a name of two lines', `[{name: "a\\nb", sha256: ${digest}, role: read}]`, 'a name is'],
    [
      'an empty list, which would be no limit',
      `[{name: ci, sha256: ${digest}, role: read, services: []}]`,
      'at least one',
    ],
    [
      'a service that is none',
      `[{name: ci, sha256: ${digest}, role: read, services: [web]}]`,
      'tcp/',
    ],
    [
      'an end without a time zone',
      `[{name: ci, sha256: ${digest}, role: read, expires: "2027-01-31"}]`,
      'Z',
    ],
    [
      'one name twice',
      `[{name: ci, sha256: ${digest}, role: read}, {name: ci, sha256: ${'b'.repeat(64)}, role: read}]`,
      'two tokens have this name',
    ],
    [
      'one digest twice',
      `[{name: a, sha256: ${digest}, role: read}, {name: b, sha256: ${digest}, role: start}]`,
      'two tokens have this digest',
    ],
  ])('with %s is refused, with its place', (_, tokens, says) => {
    const failure = failureOf(`tokens: ${tokens}\n`);
    expect(`${failure?.what} ${failure?.next}`).toContain(says);
    expect(failure?.where).toMatch(/^tokens\.yaml:1:\d+/);
  });

  it('is refused as soon as others can read it, and is another one to whoever looks for changes', async () => {
    await withFolder(async (folder) => {
      const file = join(folder, 'tokens.yaml');
      await writeFile(file, `tokens: [{name: ci, sha256: ${digest}, role: read}]\n`, {
        mode: 0o600,
      });
      expect((await readTokens(file)).ok).toBe(true);
      const before = await stampOfFile(file);
      for (const mode of [0o644, 0o640, 0o604]) {
        await chmod(file, mode);
        const read = await readTokens(file);
        expect(read.ok ? undefined : read.failure).toMatchObject({
          kind: 'usage',
          what: `${file} is a secret, and others may read it`,
          next: `let nobody but its owner: chmod 600 ${file}`,
        });
      }
      expect(await stampOfFile(file)).not.toBe(before);
    });
  });

  it('is refused where it is a pipe or a folder, and nobody waits for it', async () => {
    await withFolder(async (folder) => {
      const pipe = join(folder, 'pipe');
      execFileSync('mkfifo', ['-m', '600', pipe]);
      const inside = join(folder, 'inside');
      await mkdir(inside, { mode: 0o700 });
      for (const file of [pipe, inside]) {
        expect(await readTokens(file)).toMatchObject({
          ok: false,
          failure: {
            what: `${file} is no file that can be read again and again`,
            where: '--tokens',
          },
        });
      }
    });
  });
});
