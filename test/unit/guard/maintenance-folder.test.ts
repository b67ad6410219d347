import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createFolderReader } from '../../../src/control/maintenance-folder.ts';
import { listHostFiles } from '../../../src/files/host-files.ts';
import { withFolder } from '../../support/drain-command.ts';

const noTable = { services: [] };

/** A reader with this name server, on a folder of its own. */
const reading = (
  hosts: Record<string, readonly string[]>,
  use: (lab: {
    readonly folder: string;
    readonly read: () => Promise<readonly string[]>;
    readonly pass: (ms: number) => void;
    readonly asked: string[];
  }) => Promise<void>,
) =>
  withFolder(async (parent) => {
    const folder = join(parent, 'out.d');
    await mkdir(folder);
    const asked: string[] = [];
    let nowMs = 0;
    const read = createFolderReader({
      list: listHostFiles,
      known: {
        names: new Map([['web1', '10.0.0.1']]),
        groups: new Map([['blue', ['web1', '10.0.0.2']]]),
      },
      nowMs: () => nowMs,
      lookUp: async (host) => {
        asked.push(host);
        return hosts[host] ?? [];
      },
    });
    await use({
      folder,
      asked,
      pass: (ms) => {
        nowMs += ms;
      },
      async read() {
        const entries = await read(folder, noTable);
        if (!entries.ok) throw new Error(entries.failure.what);
        return entries.value.map(({ name, servers, problem }) =>
          problem === undefined
            ? `${name}: ${servers.map(({ address, port }) => `${address}${port ? ` ${port}` : ''}`)}`
            : problem,
        );
      },
    });
  });

describe('the maintenance folder', () => {
  it('holds names as the command line has them: addresses, names, groups, hosts, with or without a port', () =>
    reading({ db1: ['10.0.0.9'] }, async ({ folder, read }) => {
      const names = [
        '10.0.0.7',
        '10.0.0.8:80',
        '[2001:DB8::1]:53',
        'blue',
        'db1',
        'db1:5432',
        'web1',
      ];
      for (const name of names) await writeFile(join(folder, name), '');
      await writeFile(join(folder, '.hidden'), '');
      expect(await read()).toEqual([
        '10.0.0.7: 10.0.0.7',
        '10.0.0.8:80: 10.0.0.8 80',
        '[2001:DB8::1]:53: 2001:db8::1 53',
        'blue: 10.0.0.1,10.0.0.2',
        'db1: 10.0.0.9',
        'db1:5432: 10.0.0.9 5432',
        'web1: 10.0.0.1',
      ]);
    }));

  it.each([
    'a b',
    '\x1b[31m',
    '-e',
    '300.1.1.1',
    '10.0.0.1:99999',
    '\u202egpj',
    '$(reboot)',
    'x'.repeat(255),
  ])(
    'ignores the file %j with a warning that is safe to show, and asks no name server for it',
    (name) =>
      reading({}, async ({ folder, read, asked }) => {
        await writeFile(join(folder, name), '');
        await writeFile(join(folder, '10.0.0.1'), '');
        const entries = await read();
        expect(entries).toContain('10.0.0.1: 10.0.0.1');
        const [problem = ''] = entries.filter((entry) => entry.includes('is ignored'));
        expect(problem).toMatch(/^file ".*" in the maintenance folder is ignored: /);
        expect(problem).not.toMatch(/[\p{Cc}\p{Cf}]/u);
        expect(asked.filter((host) => !/^x+$/.test(host))).toEqual([]);
      }),
  );

  it('means what its names meant when they appeared, whatever becomes of the name server', () => {
    const hosts: Record<string, readonly string[]> = { db1: ['10.0.0.9'] };
    return reading(hosts, async ({ folder, read, pass, asked }) => {
      await writeFile(join(folder, 'db1'), '');
      expect(await read()).toEqual(['db1: 10.0.0.9']);
      delete hosts.db1;
      pass(3_600_000);
      expect(await read()).toEqual(['db1: 10.0.0.9']);
      expect(asked).toHaveLength(1);
      await rm(join(folder, 'db1'));
      expect(await read()).toEqual([]);
    });
  });

  it('asks for an unknown name again after a while, not at every look', () => {
    const hosts: Record<string, readonly string[]> = {};
    return reading(hosts, async ({ folder, read, pass, asked }) => {
      await writeFile(join(folder, 'db1'), '');
      for (let i = 0; i < 5; i++) expect((await read())[0]).toMatch(/no host of that name/);
      expect(asked).toHaveLength(1);
      hosts.db1 = ['10.0.0.9'];
      pass(30_000);
      expect(await read()).toEqual(['db1: 10.0.0.9']);
    });
  });

  it('that is not there holds nothing; one that is no folder is an error', () =>
    withFolder(async (parent) => {
      expect(await listHostFiles(join(parent, 'none'))).toEqual({ ok: true, value: [] });
      await writeFile(join(parent, 'file'), '');
      const read = await listHostFiles(join(parent, 'file'));
      expect(!read.ok && read.failure.what).toMatch(/cannot be read: ENOTDIR/);
    }));
});
