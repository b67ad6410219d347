import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const entry = fileURLToPath(new URL('fake-ipvsadm-process.ts', import.meta.url));

/** An executable `ipvsadm`, which is the simulated command with its table in a file. */
export interface FakeIpvsadm {
  /** Goes first in PATH. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  /** An empty table again. */
  reset(): Promise<void>;
  remove(): Promise<void>;
}

export async function buildFakeIpvsadm(): Promise<FakeIpvsadm> {
  const folder = await mkdtemp(join(tmpdir(), 'drain-fake-ipvsadm-'));
  const file = join(folder, 'ipvsadm');
  const calls = join(folder, 'calls');
  await build({
    entryPoints: [entry],
    outfile: file,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    banner: { js: `#!${process.execPath}` },
  });
  await chmod(file, 0o755);
  return {
    folder,
    env: { PATH: `${folder}:${process.env.PATH}`, FAKE_IPVSADM_CALLS: calls },
    reset: () => writeFile(calls, ''),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
