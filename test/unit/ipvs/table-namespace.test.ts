import { readlinkSync } from 'node:fs';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tableNamespace } from '../../../src/ipvs/host/table-namespace.ts';
import { withFolder } from '../../support/drain-command.ts';

const own = readlinkSync('/proc/self/ns/net');

describe('the network namespace behind a table', () => {
  it('of a plain ipvsadm is that of this process', async () => {
    expect(await tableNamespace('ipvsadm')).toBe(own);
  });

  it('of words that enter another is found by a command there', () =>
    withFolder(async (folder) => {
      const enter = join(folder, 'enter');
      await writeFile(enter, '#!/bin/sh\nshift\nexec "$@"\n');
      await chmod(enter, 0o755);
      expect(await tableNamespace(`${enter} lb ipvsadm`)).toBe(own);
    }));

  it.each([
    '/opt/lb/ipvsadm',
    'ipvsadm-lb2',
    'no-such-command ipvsadm',
    'ip netns exec ../x ipvsadm',
    '',
  ])('is not known of `%s`', async (table) => expect(await tableNamespace(table)).toBeUndefined());
});
