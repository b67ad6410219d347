import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildFakeIpvsadm, type FakeIpvsadm } from '../support/fake-ipvsadm.ts';
import { outOf, tableOf, withFixture } from '../support/fixtures.ts';
import { listen } from '../support/loopback-servers.ts';
import type { Site } from '../support/site.ts';

/** What version 0.1.0 has kept of `drain around`, with options as they were typed. */
const begun = (name: string, use: (site: Site) => Promise<void>, port?: number): Promise<void> =>
  withFixture(built, `0.1.0/${name}`, use, port === undefined ? {} : { port });

let built: FakeIpvsadm;
beforeAll(async () => {
  built = await buildFakeIpvsadm();
});
afterAll(() => built.remove());

const full = [1, 2, 3, 4];

/** The weights of 10.0.0.1 to 10.0.0.4, and nothing else is in the table. */
async function weightsOf(site: Site): Promise<readonly number[]> {
  const [heading, ...servers] = await tableOf(site);
  expect(heading).toBe('-A -t 10.0.0.100:80 -s wrr');
  return servers.map((line, index) => {
    const [, weight] =
      new RegExp(`^-a -t 10.0.0.100:80 -r 10.0.0.${index + 1}:80 -m -w (\\d+)$`).exec(line) ?? [];
    return Number(weight);
  });
}

/** Ids, the latest last. */
async function aroundsIn(site: Site): Promise<readonly string[]> {
  const files = await readdir(join(site.folder, 'state/arounds'));
  return files.map((file) => file.slice(0, -'.json'.length)).toSorted();
}

async function aroundIn(site: Site): Promise<string> {
  const [around] = await aroundsIn(site);
  if (around === undefined) throw new Error('the fixture has no around');
  return around;
}

/** For whom the command was run, in the order of the servers. */
const saidIn = async (site: Site): Promise<readonly string[]> =>
  (await readFile(join(site.folder, 'said'), 'utf8').catch(() => ''))
    .split('\n')
    .filter((line) => line !== '')
    .toSorted();

const arounds: readonly {
  readonly name: string;
  readonly standing: string;
  readonly weights: readonly number[];
  readonly isOut: readonly string[];
  /** For whom the command is run when it is resumed. */
  readonly pending: readonly string[];
}[] = [
  {
    name: 'around-held-in-batch-2',
    standing: 'held',
    weights: [1, 2, 0, 0],
    isOut: ['10.0.0.3:80 drain out 3', '10.0.0.4:80 drain out 4'],
    pending: ['10.0.0.3'],
  },
  {
    name: 'around-cut-off-in-its-command',
    standing: 'cut-off',
    weights: [0, 0, 3, 4],
    isOut: ['10.0.0.1:80 drain out 1', '10.0.0.2:80 drain out 2'],
    pending: ['10.0.0.2', '10.0.0.3', '10.0.0.4'],
  },
  {
    name: 'around-cut-off-going-out',
    standing: 'cut-off',
    weights: [0, 0, 3, 4],
    isOut: ['10.0.0.1:80 drain out 1', '10.0.0.2:80 drain out 2'],
    pending: ['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4'],
  },
  {
    name: 'around-cut-off-coming-in',
    standing: 'cut-off',
    weights: [2, 4, 12, 16],
    isOut: ['10.0.0.1:80 drain out 1', '10.0.0.2:80 drain out 2'],
    pending: ['10.0.0.3', '10.0.0.4'],
  },
];

/** A health check of every server, and who was asked for. */
async function withHealth(use: (port: number) => Promise<void>): Promise<readonly string[]> {
  const asked = new Set<string>();
  const port = await listen(
    createServer(({ url = '' }, response) => {
      asked.add(url);
      response.end('all is well');
    }),
  );
  await use(port);
  return [...asked].toSorted();
}

const isChecked = (name: string): boolean => name === 'around-cut-off-going-out';

describe.concurrent('an around of version 0.1.0', { timeout: 300_000 }, () => {
  it.each(arounds)('$name is read, resumed and done', async (about) => {
    const { name, standing, weights, isOut, pending } = about;
    const asked = await withHealth((port) =>
      begun(
        name,
        async (site) => {
          const around = await aroundIn(site);
          for (const words of [['status', around], ['history']]) {
            const { stdout } = await site.run(...words);
            expect(stdout).toMatch(
              new RegExp(`^${around}  ${standing}  around 10.0.0.1:80, `, 'm'),
            );
          }
          expect(await weightsOf(site)).toEqual(weights);
          expect(await outOf(site)).toEqual(isOut);
          const { exitCode, stderr } = await site.run('resume', around);
          expect(exitCode, stderr).toBe(0);
          expect(await saidIn(site)).toEqual(pending);
          expect(await weightsOf(site)).toEqual(full);
          expect(await outOf(site)).toEqual([]);
        },
        port,
      ),
    );
    expect(asked).toEqual(
      isChecked(name) ? ['/10.0.0.1', '/10.0.0.2', '/10.0.0.3', '/10.0.0.4'] : [],
    );
  });

  it.each(arounds)('$name is ended, with everybody in service', async ({ name }) => {
    await withHealth((port) =>
      begun(
        name,
        async (site) => {
          const { exitCode, stderr } = await site.run('rollback', await aroundIn(site));
          expect(exitCode, stderr).toBe(0);
          expect(await saidIn(site)).toEqual([]);
          expect(await weightsOf(site)).toEqual(full);
          expect(await outOf(site)).toEqual([]);
        },
        port,
      ),
    );
  });

  it('that is over is listed, and cannot be resumed', () =>
    begun('arounds-that-are-over', async (site) => {
      const [done = '', rolledBack = ''] = await aroundsIn(site);
      const { stdout } = await site.run('history');
      expect(stdout).toMatch(new RegExp(`^${done}  done  around .* 2 of 2 batches done`, 'm'));
      expect(stdout).toMatch(new RegExp(`^${rolledBack}  rolled-back  around .* 0 of 2`, 'm'));
      for (const around of [done, rolledBack]) {
        expect(await site.run('resume', around)).toMatchObject({ exitCode: 2 });
      }
      expect(await weightsOf(site)).toEqual(full);
    }));
});
