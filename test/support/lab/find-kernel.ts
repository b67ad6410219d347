import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { kernelCommand, kernelEnvironment } from './boot.ts';
import { type LabKernel, newerKernel, olderKernel } from './kernel-program.ts';
import { type Kit, type Provision, provision } from './provision.ts';

const probeLimitS = 60;

/** Fetches what the lab runs on, and runs its kernel for a moment to see whether it does. */
export async function findKernel(): Promise<Provision> {
  const newer = await find(newerKernel);
  return newer.kind === 'ready' ? newer : await findOlderKernel();
}

/** The one of the machine's own release: Linux 6.1 on Debian 12. */
export const findOlderKernel = (): Promise<Provision> => find(olderKernel);

async function find(kernel: () => Promise<LabKernel>): Promise<Provision> {
  const provided = await provision(kernel);
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
