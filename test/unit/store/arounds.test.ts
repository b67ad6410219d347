import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ServiceKey } from '../../../src/domain/address.ts';
import type { AroundRecord } from '../../../src/domain/around/around.ts';
import type { MaintenanceTerms } from '../../../src/domain/rollout/maintenance.ts';
import { createFileStore } from '../../../src/store/folder/file-store.ts';
import { createMemoryStore } from '../../../src/store/memory-store.ts';

const check = { probe: { kind: 'tcp' }, timeoutMs: 1, intervalMs: 2, rise: 3, fall: 4 } as const;

const terms: MaintenanceTerms = {
  ramp: {
    overMs: 0,
    everyMs: 1_000,
    curve: 'linear',
    percentages: [50, 100],
    stops: [{}, { holdMs: 5 }],
  },
  policy: {
    drainTimeoutMs: 600_000,
    settleMs: 5_000,
    pollMs: 1_000,
    onTimeout: 'hold',
    onFailure: 'rollback',
    onInterrupt: 'hold',
    keep: false,
    quorum: 2,
  },
  services: ['tcp/10.0.0.100:80' as ServiceKey],
  allowDifferences: false,
  checkWithinMs: 90_000,
  weight: 7,
};

const ofConfig = { layer: 'config-file', section: 'drain.yaml' } as const;

/** In the form of the first version. */
const firstTerms: AroundRecord['terms'] = {
  kind: 'options',
  checkTimeout: '90s',
  out: { settle: { values: ['1s'], ...ofConfig, where: 'drain.yaml:3:1, settle' } },
  in: { check: { values: [], ...ofConfig, where: 'drain.yaml:4:1, check', check } },
};

const record: AroundRecord = {
  around: '20261123-100000-abcd-around',
  startedMs: 1_000,
  access: [{ director: 'local', where: 'local', ipvsadm: 'sudo ipvsadm' }],
  command: ['restart', '{address}', 'a word\nwith\u001b everything'],
  commandTimeoutMs: 60_000,
  force: false,
  terms: {
    kind: 'settings',
    out: terms,
    in: { ...terms, ramp: { ...terms.ramp, overMs: 30_000 }, check },
  },
  batches: [
    {
      phase: 'command',
      servers: [
        {
          address: '2001:db8::1',
          name: { address: '2001:db8::1' },
          port: 80,
          isCommandDone: false,
          process: { pid: 42, startTicks: '123456' },
        },
      ],
    },
    {
      phase: 'waiting',
      servers: [
        { address: '10.0.0.1', name: { address: '10.0.0.1', port: 81 }, isCommandDone: false },
      ],
    },
  ],
  end: { outcome: 'held', exitCode: 5, message: 'batch 1 of 2: it failed' },
};

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'drain-arounds-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe.each([
  ['in files', () => createFileStore(folder).arounds],
  ['in memory', () => createMemoryStore().arounds],
])('records of arounds %s', (_, open) => {
  it('come back as they were put, the latest first, and there is none of another id', async () => {
    const arounds = open();
    expect(await arounds.list()).toEqual({ ok: true, value: [] });
    expect(await arounds.read(record.around)).toEqual({ ok: true, value: undefined });
    await arounds.put({ ...record, startedMs: 0 });
    await arounds.put(record);
    const later = { ...record, terms: firstTerms, around: '20261124-100000-abcd-around' };
    await arounds.put(later);
    expect(await arounds.read(record.around)).toEqual({ ok: true, value: record });
    expect(await arounds.read(later.around)).toEqual({ ok: true, value: later });
    expect(await arounds.list()).toEqual({ ok: true, value: [later.around, record.around] });
    for (const id of ['', '../locks/x', '20261124-100000-abcd', 'A']) {
      expect(await arounds.read(id)).toEqual({ ok: true, value: undefined });
    }
  });
});

describe('the files of arounds', () => {
  const fileOf = () => join(folder, 'arounds', `${record.around}.json`);

  it('are for their owner alone, for a command may have secrets in its words', async () => {
    await createFileStore(folder).arounds.put(record);
    expect((await stat(fileOf())).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, 'arounds'))).mode & 0o777).toBe(0o700);
  });

  it.each([
    ['of a newer version', '{"v":3,"more":true}', /a newer drain wrote it \(version 3\)/],
    ['with another field', undefined, /not as this version writes it/],
    ['that are no JSON', '{', /cannot be used/],
  ])('%s are refused by name, not guessed', async (_, text, message) => {
    const { arounds } = createFileStore(folder);
    await arounds.put(record);
    const kept = JSON.parse(await readFile(fileOf(), 'utf8'));
    await writeFile(fileOf(), text ?? JSON.stringify({ ...kept, bathces: [] }));
    const read = await arounds.read(record.around);
    expect(!read.ok && read.failure.what).toMatch(message);
    expect(!read.ok && read.failure.what).toContain(fileOf());
  });
});
