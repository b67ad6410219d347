import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const entry = fileURLToPath(new URL('lock-holder-process.ts', import.meta.url));

/** Another process that takes locks, and is killed then (kill -9). */
export interface LockHolder {
  holdAndDie(
    state: string,
    rollout: string,
    resources: readonly string[],
    env?: Readonly<Record<string, string>>,
  ): Promise<void>;
  remove(): Promise<void>;
}

export async function buildLockHolder(): Promise<LockHolder> {
  const folder = await mkdtemp(join(tmpdir(), 'drain-lock-holder-'));
  const file = join(folder, 'hold.mjs');
  await build({
    entryPoints: [entry],
    outfile: file,
    bundle: true,
    platform: 'node',
    format: 'esm',
  });
  return {
    async holdAndDie(state, rollout, resources, env = {}) {
      const child = spawn(process.execPath, [file, state, rollout, ...resources], {
        env: { ...process.env, ...env },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const ended = once(child, 'exit');
      const [said] = (await once(child.stdout, 'data')) as [Buffer];
      child.kill('SIGKILL');
      await ended;
      if (said.toString() !== 'held\n') throw new Error(said.toString());
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
