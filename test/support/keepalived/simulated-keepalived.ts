import { readFile, realpath } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ok } from '../../../src/domain/failure.ts';
import { readLines } from '../../../src/files/keepalived/read-lines.ts';
import { parseConf } from '../../../src/files/keepalived/tree.ts';
import type { Keepalived, RunningFile } from '../../../src/keepalived/edit/conf-host.ts';
import { glob } from '../../../src/keepalived/edit/glob.ts';

export interface SimulatedKeepalived extends Keepalived {
  /** The texts of the files that it runs with, by their path. */
  readonly texts: ReadonlyMap<string, string>;
  /** Whether reloads are passed over in silence, and tests find fault. */
  ignoresReloads: boolean;
  findsFault: boolean;
}

/** A keepalived that reads real files, whose test knows braces and the word BAD. */
export async function startKeepalived(main: string): Promise<SimulatedKeepalived> {
  let files: readonly RunningFile[] = [];
  const texts = new Map<string, string>();
  const readAll = async (): Promise<void> => {
    const read: RunningFile[] = [];
    texts.clear();
    const readOne = async (opened: string, includedBy?: string): Promise<void> => {
      const path = await realpath(opened);
      const folder = dirname(opened);
      const text = await readFile(path, 'latin1');
      texts.set(path, text);
      read.push({ path, folder, includedBy, lines: readLines(text) });
      for (const [, pattern = ''] of text.matchAll(/^[ \t]*include[rmwba]?[ \t]+(\S+)/gm))
        for (const one of await glob(pattern, folder)) await readOne(one, path);
    };
    await readOne(main);
    files = read;
  };
  const testOf = async (file: string) => {
    const { faults } = parseConf(await readFile(file, 'latin1'), 'main');
    const isBad = keepalived.findsFault || faults.length > 0;
    return ok(isBad ? { code: 5, said: ['a fault'] } : { code: 0, said: [] });
  };
  const keepalived: SimulatedKeepalived = {
    texts,
    ignoresReloads: false,
    findsFault: false,
    running: async () => ok({ configId: 'main', files }),
    test: () => testOf(main),
    testFile: testOf,
    async reload() {
      if (!keepalived.ignoresReloads) await readAll();
      return ok(undefined);
    },
  };
  await readAll();
  return keepalived;
}
