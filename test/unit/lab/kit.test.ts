import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { folderName, type Unpacking } from '../../support/debian-packages.ts';
import { withFolder } from '../../support/drain-command.ts';
import { newerPackages, withOwnLoader } from '../../support/lab/kernel-program.ts';
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

describe("the lab's kernel", () => {
  it('of another release is kept apart, and is started by a C library of its own', () => {
    const debian = 'VERSION_ID="12"';
    const { suite: _, ...ofTheMachine } = newerPackages;
    expect(folderName(newerPackages, debian)).not.toBe(folderName(ofTheMachine, debian));
    const program = Buffer.from('\x7fELF /lib64/ld-linux-x86-64.so.2\0 the rest');
    const own = `\x7fELF ./ld.so${'\0'.repeat(21)} the rest`;
    expect(withOwnLoader(program).toString()).toBe(own);
    expect(() => withOwnLoader(Buffer.from('a static one'))).toThrow('names no loader');
  });
});
