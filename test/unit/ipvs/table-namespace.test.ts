import { readlinkSync } from 'node:fs';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { tableNamespace } from '../../../src/ipvs/host/table-namespace.ts';
import { wayInShell } from '../../../src/ipvs/host/way-to-table.ts';
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

  it('of words that lead to another kernel is told by its boot, for numbers are the same on each', () =>
    withFolder(async (folder) => {
      const boot = '6e4a1c1e-0000-4000-8000-000000000000';
      const ssh = join(folder, 'ssh');
      await writeFile(
        ssh,
        `#!/bin/sh\nshift\ncase "$*" in "cat /proc/sys/kernel/random/boot_id") echo ${boot} ;; *) exec "$@" ;; esac\n`,
      );
      await chmod(ssh, 0o755);
      expect(await tableNamespace(`${ssh} lb1 ipvsadm`)).toBe(`${own} of boot ${boot}`);
    }));

  it.each([
    '/opt/lb/ipvsadm',
    'ipvsadm-lb2',
    'no-such-command ipvsadm',
    'ip netns exec ../x ipvsadm',
    '',
  ])('is not known of `%s`', async (table) => expect(await tableNamespace(table)).toBeUndefined());
});

describe('the way to a table for the shell of another machine', () => {
  const said = async (command: string | undefined) =>
    (await execa('sh', ['-c', command ?? ':'])).stdout;

  it('is that of a drain there, whatever the words hold', () =>
    withFolder(async (folder) => {
      expect(await said(wayInShell('ipvsadm').namespace)).toBe(own);
      const enter = join(folder, 'enter;exit');
      await writeFile(enter, '#!/bin/sh\nshift\nexec "$@"\n');
      await chmod(enter, 0o755);
      const behind = wayInShell(`${enter} $(exit) ipvsadm`);
      expect(await said(behind.namespace)).toBe(own);
      expect(await said(behind.boot)).toMatch(/^[0-9a-f-]{36}$/);
      expect(wayInShell('/opt/lb/ipvsadm')).toEqual({});
      expect(wayInShell('ip netns exec lb ipvsadm').namespace).toContain(
        "stat -L -c 'net:[%i]' '/run/netns/lb'",
      );
    }));
});
