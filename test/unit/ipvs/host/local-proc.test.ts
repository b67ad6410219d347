import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { release } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readLocalProc } from '../../../../src/ipvs/host/local-proc.ts';
import { withFolder } from '../../../support/drain-command.ts';

/** A /proc of these files; a process is its comm and the inode of its network namespace, if it shows. */
async function fakeProc(
  folder: string,
  files: Readonly<Record<string, string>>,
  processes: Readonly<Record<string, readonly [comm: string, netNamespace?: string]>> = {},
): Promise<void> {
  const link = async (pid: string, inode: string): Promise<void> => {
    await mkdir(join(folder, pid, 'ns'), { recursive: true });
    await symlink(`net:[${inode}]`, join(folder, pid, 'ns/net'));
  };
  await link('self', '1');
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  for (const [pid, [comm, netNamespace]] of Object.entries(processes)) {
    await mkdir(join(folder, pid), { recursive: true });
    await writeFile(join(folder, pid, 'comm'), `${comm}\n`);
    if (netNamespace !== undefined) await link(pid, netNamespace);
  }
}

const factsOf = (...proc: [Record<string, string>, Parameters<typeof fakeProc>[2]?]) =>
  withFolder(async (folder) => {
    await fakeProc(folder, ...proc);
    return readLocalProc(folder);
  });

describe('the facts in /proc', () => {
  it('are the kernel and the settings that matter, as numbers', async () => {
    const facts = await factsOf({
      'sys/kernel/osrelease': '6.1.0-18-amd64\n',
      'sys/net/ipv4/vs/conn_reuse_mode': '2\n',
      'sys/net/ipv4/vs/expire_nodest_conn': '0\n',
      'sys/net/ipv4/vs/expire_quiescent_template': '1\n',
      'sys/net/ipv4/vs/run_estimation': '1\n',
      'sys/net/ipv4/vs/sync_version': '1\n',
    });
    expect(facts).toEqual({
      kernelRelease: '6.1.0-18-amd64',
      sysctls: new Map([
        ['expire_nodest_conn', 0],
        ['expire_quiescent_template', 1],
        ['conn_reuse_mode', 2],
        ['run_estimation', 1],
      ]),
      managers: [],
    });
  });

  it('tell a kube-proxy or kube-router that works with IPVS by its device', async () => {
    const device = (name: string) => factsOf({ [`sys/net/ipv4/conf/${name}/forwarding`]: '0\n' });
    expect((await device('kube-ipvs0')).serviceProxy).toEqual({
      ...{ name: 'kube-proxy', device: 'kube-ipvs0' },
    });
    expect((await device('kube-dummy-if')).serviceProxy?.name).toBe('kube-router');
    expect((await device('eth0')).serviceProxy).toBeUndefined();
  });

  it('leave out what is missing, and what holds no number', async () => {
    const facts = await factsOf({
      'sys/net/ipv4/vs/conn_reuse_mode': 'what\n',
      'sys/net/ipv4/vs/expire_nodest_conn': '',
      'sys/net/ipv4/vs/run_estimation': '0\n',
    });
    expect(facts).toEqual({ sysctls: new Map([['run_estimation', 0]]), managers: [] });
  });

  it('say nothing at all where there is no /proc', async () => {
    expect(await readLocalProc('/nowhere/proc')).toEqual({ sysctls: new Map() });
  });

  it('name those who edit the same table, each once, with the process that came first', async () => {
    const { managers } = await factsOf(
      {},
      {
        '812': ['keepalived', '1'],
        '90': ['keepalived', '1'],
        '813': ['keepalived_vrr', '1'],
        '50': ['ldirectord tcp:', '1'],
        '51': ['kube-proxy', '1'],
        '1': ['systemd', '1'],
        '60': ['keepalivedish', '1'],
      },
    );
    expect(managers).toEqual([
      { name: 'ldirectord', pid: 50 },
      { name: 'kube-proxy', pid: 51 },
      { name: 'keepalived', pid: 90 },
    ]);
  });

  it('leave out those of another network namespace, and keep those whose namespace does not show', async () => {
    const { managers } = await factsOf({}, { '7': ['keepalived', '2'], '8': ['ldirectord'] });
    expect(managers).toEqual([{ name: 'ldirectord', pid: 8 }]);
  });

  it('are read from the real /proc as well', async () => {
    const { kernelRelease, managers } = await readLocalProc();
    expect(kernelRelease).toBe(release());
    expect(managers).toBeInstanceOf(Array);
  });
});
