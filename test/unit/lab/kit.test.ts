import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { folderName, type Unpacking } from '../../support/debian-packages.ts';
import { withFolder } from '../../support/drain-command.ts';
import { kitPackages, kitTools, missingTools } from '../../support/lab/provision.ts';

describe('the kit of the kernel tests', () => {
  it('is kept under a name for all that went in, and for nothing else', () => {
    const debian = 'VERSION_ID="12"';
    const named = (change: Partial<Unpacking>, release = debian) =>
      folderName({ ...kitPackages, ...change }, release);
    const finish = { recipe: 'another', run: async () => {} };
    const names = [
      named({}),
      named({}, 'VERSION_ID="13"'),
      named({ names: kitPackages.names.filter((name) => name !== 'kmod') }),
      named({ withLibraries: false }),
      named({ finish }),
    ];
    expect(new Set(names).size).toBe(names.length);
    expect(named({})).toBe(named({ finish: kitPackages.finish }));
  });

  it('brings its libraries along, and a tool of each of its packages is looked for', () => {
    expect(kitPackages.withLibraries).toBe(true);
    expect(kitPackages.names).toEqual(Object.keys(kitTools));
  });

  it('is not whole without any of the tools that the lab calls', () =>
    withFolder(async (root) => {
      const files = Object.values(kitTools).flat();
      expect(missingTools(root)).toEqual(files);
      for (const file of files) {
        await mkdir(dirname(join(root, file)), { recursive: true });
        await writeFile(join(root, file), '');
      }
      expect(missingTools(root)).toEqual([]);
    }));
});
