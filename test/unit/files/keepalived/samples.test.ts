import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { editFiles } from '../../../../src/files/keepalived/edit.ts';
import { confServices } from '../../../../src/files/keepalived/services.ts';
import { parseConf, textOf } from '../../../../src/files/keepalived/tree.ts';
import { realKeepalived } from '../../../support/keepalived/real-keepalived.ts';

const real = await realKeepalived("keepalived's own examples");

describe.skipIf(!real)("each of keepalived's own examples", () => {
  const samples = real?.samples ?? [];

  it('is there', () => {
    expect(samples.length).toBeGreaterThan(20);
  });

  it.each(samples)('$name is read without a fault, and written back as it was', ({ text }) => {
    const conf = parseConf(text, 'high');
    expect(conf.faults).toEqual([]);
    expect(conf.tokens.map((token) => textOf(conf, token)).join('')).toBe(text);
    const written = text.match(/^\s*real_server/gm)?.length ?? 0;
    const read = confServices(conf).flatMap(({ servers }) => servers);
    expect(read).toHaveLength(written);
  });

  it('says the same to the configuration test of keepalived, whatever weights are set', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'drain-conf-'));
    let edited = 0;
    try {
      for (const { name, text } of samples) {
        const path = join(folder, 'keepalived.conf');
        const files = [{ path, conf: parseConf(text, 'main') }];
        const edits = confServices(parseConf(text, 'main')).flatMap(({ key, servers }) =>
          servers.flatMap((server) =>
            key && server.key
              ? [{ kind: 'set-weight' as const, service: key, server: server.key, weight: 77 }]
              : [],
          ),
        );
        const made = editFiles(files, edits, 'main');
        if (!made.ok) throw new Error(`${name}: ${made.failure.what} ${made.failure.where}`);
        await writeFile(path, text);
        const before = await real?.test(path);
        await writeFile(path, made.value[0]?.conf.text ?? '');
        expect({ name, ...(await real?.test(path)) }).toEqual({ name, ...before });
        edited += edits.length;
      }
    } finally {
      await rm(folder, { recursive: true });
    }
    expect(edited).toBeGreaterThan(15);
  });
});
