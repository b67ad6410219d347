import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import {
  type ClaimSelf,
  claimSelf,
  foldersElsewhere,
} from '../../src/store/folder/claims/states-elsewhere.ts';
import { createFileStore } from '../../src/store/folder/file-store.ts';
import { machineIn, withTableLocks } from '../../src/store/folder/locks/table-locks.ts';
import { withFolder } from './drain-command.ts';
import { createSite, type Ran, type Site } from './maintained-site.ts';

const table = [
  '-A -t 10.0.0.100:80 -s wrr',
  ...[100, 50, 75].map((weight, i) => `-a -t 10.0.0.100:80 -r 10.0.0.${i + 1}:80 -m -w ${weight}`),
  '',
].join('\n');
/** Two operators of one machine, each with a state of his own; `b` may be one who sees less. */
export interface Two {
  readonly folder: string;
  readonly a: Site;
  readonly b: Site;
  claims(): Promise<readonly string[]>;
}

export type ChangeSelf = (self: ClaimSelf) => ClaimSelf;

export const withTwo = (use: (two: Two) => Promise<void>, changeA: ChangeSelf = (self) => self) =>
  withFolder(async (folder) => {
    const run = join(folder, 'run');
    const storeIn = (name: string, change: ChangeSelf = (self) => self) => {
      const state = join(folder, name);
      return withTableLocks(createFileStore(state), {
        machine: machineIn(run, state),
        namespaceOf: async () => 'net:[7]',
        claims: { self: change(claimSelf(state)), states: foldersElsewhere },
      });
    };
    const a = createSite({ seed: 1, table, store: storeIn('a', changeA) });
    const b = createSite({ seed: 1, store: storeIn('b'), beside: a });
    const claims = async () =>
      (await readdir(run)).filter((name) => /^(claim|mark)-/.test(name)).sort();
    return use({ folder, a, b, claims });
  });

export const weightsOf = (site: Site): Readonly<Record<string, number>> =>
  Object.fromEntries(
    [...site.table().matchAll(/-r 10\.0\.0\.(\d+):80 -m -w (\d+)/g)].map(([, n, weight]) => [
      n,
      Number(weight),
    ]),
  );

export const refused = ({ exitCode, err }: Ran): string => {
  expect(exitCode, err).toBe(6);
  return err;
};
