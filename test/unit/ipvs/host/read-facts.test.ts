import { chmod, readFile, writeFile } from 'node:fs/promises';
import { release } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { versionPrinted } from '../../../../src/ipvs/host/ipvsadm-version.ts';
import { readProcThroughCommand } from '../../../../src/ipvs/host/proc-through-command.ts';
import { reachOf } from '../../../../src/ipvs/host/reach-of.ts';
import { readFacts } from '../../../../src/ipvs/host/read-facts.ts';
import type { CommandResult } from '../../../../src/rollout/ports.ts';
import { withFolder } from '../../../support/drain-command.ts';

type Words = readonly [string, ...string[]];

const exited = (stdout: string, exitCode = 0): CommandResult => ({
  kind: 'exited',
  exitCode,
  stdout,
  stderr: '',
});

/** Where `words` lead to: a script that notes what it was asked, and does it. */
const withGate = <T>(use: (gate: string, asked: () => Promise<string[]>) => Promise<T>) =>
  withFolder(async (folder) => {
    const gate = join(folder, 'enter');
    const log = join(folder, 'log');
    await writeFile(gate, `#!/bin/sh\necho "$@" >>${log}\nexec "$@"\n`);
    await chmod(gate, 0o755);
    return use(gate, async () => (await readFile(log, 'utf8').catch(() => '')).trim().split('\n'));
  });

describe('the facts behind a command that enters somewhere', () => {
  it('are read there, by real processes', () =>
    withGate(async (gate, asked) => {
      const facts = await readFacts([gate, 'ipvsadm'], {});
      expect(facts).toMatchObject({ kernelRelease: release(), reach: [gate] });
      expect(facts.managers).toBeInstanceOf(Array);
      expect((await asked()).map((line) => line.split(' ')[0]).sort()).toEqual(['grep', 'ps']);
    }));

  it('are what there is, when grep misses files and ps knows no namespaces', async () => {
    const facts = await readProcThroughCommand(async ([program]) =>
      program === 'grep'
        ? exited('/proc/sys/net/ipv4/vs/conn_reuse_mode:0\n', 2)
        : { kind: 'not-started', reason: 'not-found', message: 'ENOENT' },
    );
    expect(facts).toEqual({ sysctls: new Map([['conn_reuse_mode', 0]]) });
  });

  it('are of the namespace of the ps that was asked', async () => {
    const table = `      1 4026531840 init
    812 4026532001 keepalived
    813 4026531840 ldirectord
    814          - kube-proxy
    900 4026532001 ps\n`;
    const facts = await readProcThroughCommand(async ([program]) =>
      exited(program === 'ps' ? table : ''),
    );
    expect(facts.managers).toEqual([
      { name: 'keepalived', pid: 812 },
      { name: 'kube-proxy', pid: 814 },
    ]);
  });

  it('are nothing when it hangs', () =>
    withFolder(async (folder) => {
      const gate = join(folder, 'hang');
      await writeFile(gate, '#!/bin/sh\nexec sleep 60\n');
      await chmod(gate, 0o755);
      const limits = { timeLimitMs: 100, graceMs: 100 };
      const facts = await readFacts([gate, 'ipvsadm'], { version: true }, limits);
      expect(facts).toEqual({ sysctls: new Map(), reach: [gate] });
    }));
});

describe('the facts beside a plain ipvsadm', () => {
  it('are read without running it, unless its version is wanted', () =>
    withGate(async (gate, asked) => {
      const ipvsadm = join(gate, '..', 'ipvsadm');
      await writeFile(ipvsadm, `#!/bin/sh\nexec ${gate} echo "ipvsadm v1.31 2019/12/24 $*"\n`);
      await chmod(ipvsadm, 0o755);
      const facts = await readFacts([ipvsadm], {});
      expect(facts.kernelRelease).toBe(release());
      expect(await asked()).toEqual(['']);
      expect(await readFacts([ipvsadm], { version: true })).toEqual({
        ...facts,
        ipvsadmVersion: '1.31',
      });
      expect(await asked()).toEqual(['echo ipvsadm v1.31 2019/12/24 --version']);
    }));

  it('are nothing for a command of another name: it may lead anywhere', async () => {
    expect(await readFacts(['/opt/lb'], {})).toEqual({ sysctls: new Map() });
  });
});

describe('the words before ipvsadm', () => {
  it.each<[Words, boolean]>([
    [['ipvsadm'], true],
    [['/usr/sbin/ipvsadm'], true],
    [['sudo', 'ipvsadm'], true],
    [['sudo', '-n', '/sbin/ipvsadm'], true],
    [['/usr/bin/doas', '-u', 'root', 'ipvsadm'], true],
    [['sudo', 'ip', 'netns', 'exec', 'lb', 'ipvsadm'], false],
    [['ip', 'netns', 'exec', 'lb', 'ipvsadm'], false],
    [['nsenter', '-t', '1', '-n', 'ipvsadm'], false],
    [['docker', 'exec', 'lb', 'ipvsadm'], false],
  ])('%j stay in this namespace: %j', (command, here) => {
    expect(reachOf(command)).toEqual({ words: command.slice(0, -1), here });
  });
});

describe('the version of ipvsadm', () => {
  it.each([
    ['ipvsadm v1.31 2019/12/24 (compiled with popt and IPVS v1.2.1)\n', '1.31'],
    ['ipvsadm v1.26 2008/5/15 (compiled with popt and IPVS v1.2.1)', '1.26'],
    ['IP Virtual Server version 1.2.1 (size=4096)', undefined],
    ['', undefined],
  ])('of %j is %s', (stdout, version) => {
    expect(versionPrinted(exited(stdout))).toBe(version);
  });
});
