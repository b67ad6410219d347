import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { kernelCommand, kernelEnvironment } from './boot.ts';
import { type Kit, type Provision, provision } from './provision.ts';

const probeLimitS = 60;

/** Fetches the kit, and runs its kernel for a moment to see whether it does. */
export async function findKernel(): Promise<Provision> {
  const provided = await provision();
  return provided.kind === 'ready' ? await probe(provided.kit) : provided;
}

/** Containers may forbid what user-mode Linux is made of: ptrace, memory that is executable. */
async function probe(kit: Kit): Promise<Provision> {
  const folder = await mkdtemp(join(tmpdir(), 'drain-probe-'));
  try {
    const [command, ...args] = kernelCommand(kit, {
      folder,
      init: 'probe.sh',
      limitS: probeLimitS,
    });
    const { all } = await execa(command, args, {
      all: true,
      stdin: 'pipe',
      env: kernelEnvironment(folder),
      extendEnv: false,
      cwd: folder,
      reject: false,
    });
    if (all.includes('the kernel runs')) return { kind: 'ready', kit };
    const last = all.trim().split('\n').at(-1)?.trim() ?? '';
    return { kind: 'unavailable', reason: `user-mode Linux does not run here: ${last}` };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
