import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createProcTableReader } from '../../../../src/ipvs/host/proc-table-reader.ts';

const folder = mkdtempSync(join(tmpdir(), 'drain-proc-'));
afterAll(() => rmSync(folder, { recursive: true }));

const file = join(folder, 'ip_vs');

describe('the file of the table', () => {
  it('is read anew each time, from its beginning to its end', () => {
    const read = createProcTableReader(file, 1_000);
    for (const text of ['one\n', '', 'x'.repeat(999)]) {
      writeFileSync(file, text);
      expect(read()).toBe(text);
    }
  });

  it('is left alone where it is long', () => {
    writeFileSync(file, 'x'.repeat(1_000));
    expect(createProcTableReader(file, 1_000)()).toBeUndefined();
    expect(createProcTableReader(file, 1_001)()).toHaveLength(1_000);
  });

  it.each([join(folder, 'missing'), folder])('may be missing or be none: %s', (path) => {
    expect(createProcTableReader(path)()).toBeUndefined();
  });
});
