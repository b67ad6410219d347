import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { documentKinds } from '../../../src/store/documents/kinds.ts';
import { stateFolders, trustedState } from '../../../src/store/folder/trusted-folder.ts';
import { withFolder } from '../../support/drain-command.ts';

const documentFolders = Object.values(documentKinds).map(({ folder }) => folder);

const id = '20261130-1200-abcd';

describe('a state', () => {
  it.each([...stateFolders])('with a folder %s that everybody may write is not obeyed', (name) =>
    withFolder(async (directory) => {
      await mkdir(join(directory, name), { mode: 0o700 });
      expect((await trustedState({ directory, isNamed: true }, id)).ok).toBe(true);
      await chmod(join(directory, name), 0o777);
      expect(await trustedState({ directory, isNamed: true }, id)).toMatchObject({
        failure: { kind: 'preflight', next: expect.stringContaining(`chmod -R go-w ${directory}`) },
      });
    }),
  );

  it.each([`rollouts/${id}.jsonl`, ...documentFolders.map((folder) => `${folder}/${id}.json`)])(
    'with a file %s that everybody may write is not obeyed',
    (file) =>
      withFolder(async (directory) => {
        await mkdir(join(directory, file, '..'), { mode: 0o700 });
        await writeFile(join(directory, file), '', { mode: 0o600 });
        expect((await trustedState({ directory, isNamed: true }, id)).ok).toBe(true);
        await chmod(join(directory, file), 0o666);
        expect((await trustedState({ directory, isNamed: true }, id)).ok).toBe(false);
      }),
  );
});
