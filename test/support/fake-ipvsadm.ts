import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  access,
  appendFile,
  chmod,
  copyFile,
  mkdir,
  mkdtemp,
  readFile,
  rename,
  rm,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { runIpvsadm } from '../../src/ipvs/simulated/command/run.ts';
import { Kernel } from '../../src/ipvs/simulated/kernel.ts';
import { eventually } from './eventually.ts';
import type { FaultKind } from './ipvsadm-faults.ts';

const serverFile = fileURLToPath(new URL('fake-ipvsadm-server.ts', import.meta.url));
const commandFile = fileURLToPath(new URL('fake-ipvsadm.sh', import.meta.url));

/** An executable `ipvsadm`, which is the simulated command with its table in a file. */
export interface FakeIpvsadm {
  /** Goes first in PATH. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  /** An `ipvsadm` with this table for who has none of our environment; there after the first reset. */
  readonly remote: string;
  /** An empty table again, or this one as lines of `ipvsadm -S`; and no faults. */
  reset(table?: string): Promise<void>;
  /** What is to happen from the next call on. */
  setFaults(...faults: readonly FakeFault[]): Promise<void>;
  /** So many clients of tcp/10.0.0.100:80 connect, to the servers that its scheduler chooses, and stay. */
  connect(clients: number): Promise<void>;
  /** Resolves when a call has begun to sleep. */
  asleep(): Promise<void>;
  /** `ipvsadm -Sn`. */
  table(): Promise<string>;
  /** The calls that have ended. */
  calls(): Promise<readonly FakeCall[]>;
  /** Another with a table of its own. */
  another(name: string): FakeIpvsadm;
  remove(): Promise<void>;
}

/** A line of the file that is the table. */
export interface FakeCall {
  readonly args: readonly string[];
  readonly stdin: string;
  /** The part of the input that took effect; absent when the command did not run at all. */
  readonly done?: string;
  /** It made the table that a test begins with. */
  readonly isStart?: boolean;
  /** No call: so many clients connect. */
  readonly clients?: number;
}

/** Calls, or calls that edit, are counted from 0 since the last reset. */
export interface FakeFault {
  readonly of: 'calls' | 'edits';
  readonly from: number;
  /** The last one; `from` by default. */
  readonly to?: number;
  /** It does what it does only after this time. */
  readonly sleepMs?: number;
  readonly kind?: Exclude<FaultKind, 'is-missing'>;
}

export async function buildFakeIpvsadm(): Promise<FakeIpvsadm> {
  const folder = await mkdtemp(join(tmpdir(), 'drain-fake-ipvsadm-'));
  const bundle = join(folder, 'server.cjs');
  const file = join(folder, 'ipvsadm');
  await build({
    entryPoints: [serverFile],
    outfile: bundle,
    bundle: true,
    platform: 'node',
    format: 'cjs',
  });
  await copyFile(commandFile, file);
  await chmod(file, 0o755);
  const server = spawn(process.execPath, [bundle], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [port] = (await once(server.stdout, 'data')) as [Buffer];
  await writeFile(join(folder, 'port'), port);
  server.unref();
  const fake = fakeIn(folder, 'table');
  return {
    ...fake,
    async remove() {
      server.stdin.end();
      await fake.remove();
    },
  };
}

function fakeIn(folder: string, name: string): FakeIpvsadm {
  const calls = join(folder, `${name}.calls`);
  const faults = join(folder, `${name}.faults`);
  const remote = join(folder, `${name}-remote`, 'ipvsadm');
  /** In one step: the server may be reading it for a call of this moment. */
  const setFaults = async (...list: readonly FakeFault[]) => {
    await writeFile(`${faults}.new`, JSON.stringify(list));
    await rename(`${faults}.new`, faults);
  };
  const readCalls = async () =>
    (await readFile(calls, 'utf8'))
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as FakeCall);
  return {
    folder,
    env: {
      PATH: `${folder}:${process.env.PATH}`,
      FAKE_IPVSADM_CALLS: calls,
      FAKE_IPVSADM_FAULTS: faults,
    },
    remote,
    async reset(table = '') {
      const start: FakeCall = { args: ['-R'], stdin: table, done: table, isStart: true };
      await writeFile(calls, `${JSON.stringify(start)}\n`);
      await setFaults();
      await mkdir(dirname(remote), { recursive: true });
      const env = `FAKE_IPVSADM_CALLS=${calls} FAKE_IPVSADM_FAULTS=${faults}`;
      await writeFile(remote, `#!/bin/sh\n${env} exec ${join(folder, 'ipvsadm')} "$@"\n`);
      await chmod(remote, 0o755);
      await rm(`${calls}.asleep`, { force: true });
    },
    setFaults,
    async connect(clients) {
      const arrival: FakeCall = { args: [], stdin: '', clients };
      await appendFile(calls, `${JSON.stringify(arrival)}\n`);
    },
    asleep: () => eventually(() => access(`${calls}.asleep`)),
    async table() {
      const kernel = new Kernel(0);
      for (const { args, done } of await readCalls()) {
        if (done !== undefined) runIpvsadm(kernel, args, done);
      }
      return runIpvsadm(kernel, ['-Sn'], '').stdout;
    },
    calls: async () => (await readCalls()).filter(({ clients }) => clients === undefined),
    another: (other) => fakeIn(folder, other),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
