import { mkdirSync, writeFileSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isFinalEnd } from '../../../src/domain/rollout/rollout-status.ts';
import { createDirector } from '../../../src/ipvs/director.ts';
import { findDrift } from '../../../src/rollout/observe/drift.ts';
import { foldJournal } from '../../../src/rollout/state/journal.ts';
import { directorState } from '../../../src/rollout/state/rollout-state.ts';
import { createFileStore } from '../../../src/store/folder/file-store.ts';
import { withFolder } from '../../support/drain-command.ts';
import { openForgetfulDisk, type Survivors } from '../../support/forgetful-disk.ts';
import { createSite } from '../../support/maintained-site.ts';

const table = `-A -t 10.0.0.100:80 -s wrr
-a -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 4
-a -t 10.0.0.100:80 -r 10.0.0.3:80 -m -w 4
`;
const handOver = ['--from', '10.0.0.1', '--to', '10.0.0.2', '--over', '2s', '--every', '1s'];
const commands = [
  [...handOver, '--settle', '0s', '--no-check'],
  ['out', '10.0.0.2'],
  ['in', '10.0.0.2', '--over', '1s'],
];
const survivors: readonly Survivors[] = ['nothing', 'names', 'contents'];

/** A state folder as a power loss left it, and the table at that time. */
interface Loss {
  readonly folder: string;
  readonly table: string;
  readonly where: string;
  /** The command that was under way, and whether it had said that it was done. */
  readonly command: readonly string[];
  readonly isDone: boolean;
}

/** Every state in which a power loss can leave a store while these commands are carried out. */
async function lossesOf(root: string, above: string): Promise<readonly Loss[]> {
  const losses: Loss[] = [];
  const known = new Set<string>();
  let command: readonly string[] = [];
  let points = 0;
  const look = async (isDone = false): Promise<void> => {
    points++;
    for (const kind of survivors) {
      const folder = join(above, `${points}-${kind}`);
      // Of a picture the last moments may be lost.
      const left = disk.left(kind).filter(({ name }) => !name.endsWith('.trace'));
      const shown = left.map(({ name, content }) => `${name} ${content.toString()}`);
      const state = [site.table(), command[0], isDone, ...shown.sort()].join('\n');
      if (known.has(state)) continue;
      known.add(state);
      for (const { name, content } of left) {
        mkdirSync(dirname(join(folder, name)), { recursive: true, mode: 0o700 });
        writeFileSync(join(folder, name), content, { mode: 0o600 });
      }
      losses.push({
        folder,
        table: site.table(),
        command,
        isDone,
        where: `${points}, ${kind} left`,
      });
    }
  };
  const disk = openForgetfulDisk(root, () => look());
  const site = createSite({ seed: 1, table, store: createFileStore(join(root, 'state')) });
  try {
    for (command of commands) {
      const ran = await site.run(...command);
      expect(ran, `${command}`).toMatchObject({ exitCode: 0, err: '' });
      await look(true);
    }
  } finally {
    disk.close();
  }
  return losses;
}

describe('a power loss, which forgets what was not synced', () => {
  it('leaves journals that can be read, know all that was done in the table, and go on', () =>
    withFolder(async (above) => {
      const root = join(above, 'disk');
      await mkdir(root);
      const losses = await lossesOf(root, above);
      expect(losses.length).toBeGreaterThan(30);
      let resumed = 0;
      for (const loss of losses) {
        resumed += await expectWhole(loss);
      }
      expect(resumed).toBeGreaterThan(10);
    }));
});

/** Resolves with the number of rollouts that had to be resumed. */
async function expectWhole({ folder, table: now, where, command, isDone }: Loss): Promise<number> {
  const store = createFileStore(join(folder, 'state'));
  const site = createSite({ seed: 1, table: now, store });
  const marks = await store.marks.list();
  if (!marks.ok) throw new Error(`${where}: ${marks.failure.what}`);
  const isOut = /10\.0\.0\.2:80 -m -w 0/.test(now) && command[0] !== commands[0]?.[0];
  if (isOut || isDone) expect(marks.value.length, where).toBe(isOut ? 1 : 0);
  const ids = await store.list();
  if (!ids.ok) throw new Error(ids.failure.what);
  let isKnown = now === table;
  let count = 0;
  for (const id of ids.value) {
    const read = await store.read(id);
    if (!read.ok) {
      // Nothing was ever written there that anybody was told of.
      expect(await readFile(join(folder, 'state', 'rollouts', `${id}.jsonl`), 'utf8'), where).toBe(
        '',
      );
      continue;
    }
    const state = foldJournal(read.value);
    isKnown = true;
    if (isFinalEnd(state.end)) continue;
    const [plan] = state.plan.directors;
    if (!plan) throw new Error('no director');
    const { runner } = site.simulation;
    const live = await createDirector({ name: 'local', runner }).snapshot();
    if (!live.ok) throw new Error(live.failure.what);
    const drifts = findDrift(plan, directorState(state, plan), live.value.samples);
    expect(drifts, where).toEqual([]);
    const ran = await site.run('resume', id);
    expect(ran, `${where}: ${ran.err}`).toMatchObject({ exitCode: 0 });
    count++;
  }
  expect(isKnown, where).toBe(true);
  return count;
}
