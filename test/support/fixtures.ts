import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { openStore } from '../../src/main/open-store.ts';
import { readRecord } from '../../src/record/read-record.ts';
import { reportPage } from '../../src/reporters/html/report-page.ts';
import type { FakeIpvsadm } from './fake-ipvsadm.ts';
import { type Site, withSite } from './site.ts';

/** What earlier versions have written: see test/fixtures/README.md. */
export const fixtures = fileURLToPath(new URL('../fixtures', import.meta.url));

/** In the texts of fixtures, the port of whoever answers on 127.0.0.1. */
export const keptPort = '17935';

/** The files of a fixture below a folder of it, by their paths from there. */
export async function textsOf(folder: string): Promise<ReadonlyMap<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const texts = await Promise.all(
    files.map(async ({ parentPath, name }): Promise<[string, string]> => {
      const file = join(parentPath, name);
      return [file.slice(folder.length + 1), await readFile(file, 'utf8')];
    }),
  );
  return new Map(texts);
}

export interface FixtureOptions {
  /** Where the state is, if not in the fixture's files. */
  readonly state?: string;
  /** Who answers on 127.0.0.1 instead of the one who did when the fixture was made. */
  readonly port?: number;
}

/** A site with a copy of a fixture, such as `0.1.0/paused`: its state, its tables, its other files. */
export async function withFixture<T>(
  built: FakeIpvsadm,
  name: string,
  use: (site: Site) => Promise<T>,
  { state = 'state', port }: FixtureOptions = {},
): Promise<T> {
  const folder = join(fixtures, name);
  const texts = await textsOf(folder);
  const tables = [...texts].flatMap(([file, text]): [string, string][] =>
    file.endsWith('.rules') ? [[file.slice(0, -'.rules'.length), text]] : [],
  );
  return withSite(built, { tables: Object.fromEntries(tables), state }, async (site) => {
    await cp(folder, site.folder, { recursive: true });
    for (const [file, text] of port === undefined ? [] : texts) {
      await writeFile(join(site.folder, file), text.replaceAll(keptPort, String(port)));
    }
    return use(site);
  });
}

/** In the order of the servers' addresses, which is not always the kernel's. */
export const tableOf = async (site: Site, command?: string): Promise<readonly string[]> =>
  (await site.table(command).table()).trimEnd().split('\n').toSorted();

/** The latest rollout of a fixture. */
export async function rolloutIn(site: Site): Promise<string> {
  const files = await readdir(join(site.folder, 'state/rollouts'));
  const journals = files.filter((name) => name.endsWith('.jsonl')).toSorted();
  return journals.at(-1)?.slice(0, -'.jsonl'.length) ?? 'none';
}

/** Its status, its line of the history and its report are printed, and say how it stands. */
export async function isRead(site: Site, rollout: string, standing: string): Promise<void> {
  for (const words of [['status', rollout], ['history']]) {
    const { exitCode, stdout, stderr } = await site.run(...words);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(new RegExp(`^${rollout}  ${standing}`, 'm'));
  }
  // What `drain report` prints, whose charts a process of its own would load for each.
  const store = await openStore(site.state, [], { tell: () => {}, stopSwitch: () => undefined });
  const record = await readRecord(store, rollout);
  if (!record.ok) throw new Error(record.failure.what);
  expect(/ of rollout (\S+) until /.exec(reportPage(record.value))?.[1]).toBe(rollout);
}

/** Who is out of service, and the weight that each had: `10.0.0.3:80 drain out 3`. */
export async function outOf(site: Site): Promise<readonly string[]> {
  const { stdout } = await site.run('status');
  const lines = stdout.matchAll(/^out: (\S+) in \S+, for \S+: (.+), weight (\d+) before$/gm);
  // Who took it out is known of those alone that this version has taken out.
  const reason = (why = '') => why.replace(/^(drain out) by .*$/, '$1');
  return [...lines]
    .map(([, server, why, weight]) => `${server} ${reason(why)} ${weight}`)
    .toSorted();
}
