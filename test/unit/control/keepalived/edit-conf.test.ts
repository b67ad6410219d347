import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { editConf, finishEdits } from '../../../../src/control/keepalived/edit-conf.ts';
import { type WantedConf, wantedEdits } from '../../../../src/control/keepalived/wanted-edits.ts';
import type { ServiceKey } from '../../../../src/domain/address.ts';
import type { ConfHost } from '../../../../src/keepalived/edit/conf-host.ts';
import { localFiles } from '../../../../src/keepalived/edit/local-files.ts';
import { prepareEdit } from '../../../../src/keepalived/edit/prepare.ts';
import {
  type SimulatedKeepalived,
  startKeepalived,
} from '../../../support/keepalived/simulated-keepalived.ts';

const web = (last: number): string => `virtual_server 10.0.1.${last} 80 {
  protocol TCP
  real_server 10.0.2.11 8080 { weight 100 }
  real_server 10.0.2.13 8080 { weight 50 }
}
`;

let folder: string;
let host: ConfHost;
let keepalived: SimulatedKeepalived;
const file = (name: string): string => join(folder, 'conf.d', name);
const textOf = (name: string): Promise<string> => readFile(file(name), 'utf8');

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'drain-edit-'));
  await mkdir(join(folder, 'conf.d'));
  await writeFile(file('a.conf'), web(1));
  await writeFile(file('b.conf'), web(2));
  const main = join(folder, 'keepalived.conf');
  await writeFile(main, 'include conf.d/*.conf\n');
  keepalived = await startKeepalived(main);
  let nowMs = 0;
  const sleep = async (ms: number) => {
    nowMs += ms * 100;
  };
  host = { ...localFiles, ...keepalived, nowMs: () => nowMs, sleep };
});
afterEach(() => rm(folder, { recursive: true }));

const edit = (wanted: WantedConf, writes = true) =>
  editConf(host, (files) => wantedEdits(files, wanted), { writes });

const old = { address: '10.0.2.11' };
const added = { address: '10.0.2.12' };

describe('an edit of the configuration of keepalived', () => {
  it('is of all services that hold the server, and each file is read by keepalived', async () => {
    const made = await edit({ servers: [{ name: old, weight: 0 }] });
    expect(made).toMatchObject({
      ok: true,
      value: [{ file: file('a.conf') }, { file: file('b.conf') }],
    });
    for (const [name, last] of [
      ['a.conf', 1],
      ['b.conf', 2],
    ] as const) {
      expect(await textOf(name)).toBe(web(last).replace('100', '0'));
      expect(keepalived.texts.get(file(name))).toBe(await textOf(name));
    }
  });

  it('that is only shown changes nothing', async () => {
    const shown = await edit({ servers: [{ name: old, weight: 0 }] }, false);
    expect(shown).toMatchObject({
      ok: true,
      value: [{ diff: expect.stringContaining('+  real_server 10.0.2.11 8080 { weight 0 }') }, {}],
    });
    expect(await textOf('a.conf')).toBe(web(1));
    expect((await readdir(join(folder, 'conf.d'))).sort()).toEqual(['a.conf', 'b.conf']);
  });

  it('puts a new server in beside the one that it is like, in one service where one is named', async () => {
    const services = ['tcp/10.0.1.2:80' as ServiceKey];
    const servers = [
      { name: old, weight: 0 },
      { name: added, weight: 100 },
    ];
    expect(await edit({ servers, services, like: old })).toMatchObject({ ok: true });
    expect(await textOf('a.conf')).toBe(web(1));
    expect(await textOf('b.conf')).toContain(
      '10.0.2.11 8080 { weight 0 }\n  real_server 10.0.2.12 8080 { weight 100 }\n',
    );
    const again = await edit({ servers, services, like: old });
    expect(again).toEqual({ ok: true, value: [] });
  });

  it.each([
    [{ servers: [{ name: added, weight: 1 }] }, 'no real_server 10.0.2.12 that is written out'],
    [{ servers: [{ name: added, weight: 'none' as const }] }, 'no real_server 10.0.2.12'],
    [{ servers: [{ name: added, weight: 1 }], like: added }, 'which 10.0.2.12 is to be like'],
    [
      { servers: [{ name: old, weight: 1 }], services: ['udp/10.0.1.1:53' as ServiceKey] },
      'no virtual_server of the configuration is udp/10.0.1.1:53',
    ],
  ])('of what is not there is a mistake: %j', async (wanted, what) => {
    expect(await edit(wanted)).toMatchObject({
      ok: false,
      failure: { kind: 'usage', what: expect.stringContaining(what) },
    });
  });

  it('that keepalived does not read is taken back, and said', async () => {
    keepalived.ignoresReloads = true;
    expect(await edit({ servers: [{ name: old, weight: 0 }] })).toMatchObject({
      ok: false,
      failure: {
        kind: 'preflight',
        what: `${file('a.conf')} is as it was before the edit, which is taken back: keepalived has not read it within 10 seconds`,
      },
    });
    expect(await textOf('a.conf')).toBe(web(1));
  });

  it('that was interrupted is refused to be looked past, and gone on with', async () => {
    const edits = [
      {
        kind: 'set-weight',
        service: 'tcp/10.0.1.1:80' as ServiceKey,
        server: '10.0.2.11:8080' as never,
        weight: 7,
      },
    ] as const;
    const prepared = await prepareEdit(host, edits);
    if (!prepared.ok || !prepared.value) throw new Error('not prepared');
    await host.writeJob(prepared.value.job);
    const shown = await edit({ servers: [{ name: old, weight: 0 }] }, false);
    expect(shown).toMatchObject({ ok: false, failure: { kind: 'conflict' } });
    expect(await finishEdits(host, [file('a.conf'), file('b.conf')])).toEqual({
      ok: true,
      value: [file('a.conf')],
    });
    expect(await textOf('a.conf')).toBe(web(1).replace('100', '7'));
  });

  it('is one at a time: who comes meanwhile is told so', async () => {
    const locked = await host.lock(file('a.conf'));
    if (!locked.ok) throw new Error('not locked');
    const refused = { ok: false, failure: { kind: 'conflict' } };
    expect(await edit({ servers: [{ name: old, weight: 0 }] })).toMatchObject(refused);
    locked.value();
    await expect
      .poll(() => edit({ servers: [{ name: old, weight: 0 }] }))
      .toMatchObject({ ok: true });
  });

  it('that leaves nothing but the file from before, hidden from every include', async () => {
    await edit({ servers: [{ name: old, weight: 0 }] });
    const left = (await readdir(join(folder, 'conf.d'))).filter((name) => name.includes('drain'));
    expect(left.map((name) => name.replace(/\.\d.*?\.drain/, '.ID.drain')).sort()).toEqual([
      '.a.conf.ID.drain-backup',
      '.b.conf.ID.drain-backup',
    ]);
    expect(await readFile(file(left.sort()[0] ?? ''), 'utf8')).toBe(web(1));
  });

  it('keeps the files from before the last ten edits, and no older ones', async () => {
    const services = ['tcp/10.0.1.1:80' as ServiceKey];
    for (let weight = 1; weight <= 12; weight++) {
      await host.sleep(20);
      await edit({ servers: [{ name: old, weight }], services });
    }
    const left = (await readdir(join(folder, 'conf.d'))).filter((name) => name.includes('drain'));
    const texts = await Promise.all(left.sort().map((name) => readFile(file(name), 'utf8')));
    expect(texts.map((text) => /weight (\d+)/.exec(text)?.[1])).toEqual([
      '2',
      '3',
      '4',
      '5',
      '6',
      '7',
      '8',
      '9',
      '10',
      '11',
    ]);
  });
});
