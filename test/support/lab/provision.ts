import { existsSync } from 'node:fs';
import { mkdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { type Unpacking, unpacked } from '../debian-packages.ts';
import type { LabKernel } from './kernel-program.ts';

/** What the lab runs on: a kernel that is a program, and every tool that it calls. */
export interface Kit {
  /** Holds `usr/…`, laid over the host's /usr inside the lab. */
  readonly root: string;
  readonly kernel: LabKernel;
}

export type Provision =
  | { readonly kind: 'ready'; readonly kit: Kit }
  | { readonly kind: 'unavailable'; readonly reason: string };

/**
 * Whatever the host has of these, the lab has its own: the tests know how Debian's behave, and a part
 * taken from the host would be missed by the next host.
 */
export const kitTools = {
  ipvsadm: ['usr/sbin/ipvsadm'],
  kmod: ['usr/sbin/insmod', 'usr/sbin/modprobe'],
  iproute2: ['usr/bin/ip', 'usr/sbin/tc', 'usr/bin/ss'],
  procps: ['usr/sbin/sysctl'],
  keepalived: ['usr/sbin/keepalived'],
} as const;

export const kitPackages: Unpacking = {
  names: Object.keys(kitTools),
  withLibraries: true,
  finish: { recipe: 'kmod linked', run: finishKit },
};

/**
 * Finds what the lab runs on in `$XDG_CACHE_HOME/drain-lab`, or fetches it there. The first time takes
 * as long as 70 MB do; after that, milliseconds.
 */
export async function provision(kernel: () => Promise<LabKernel>): Promise<Provision> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    return unavailable(
      `it needs Linux on x86-64, and this is ${process.platform} on ${process.arch}`,
    );
  }
  try {
    return { kind: 'ready', kit: { root: await unpacked(kitPackages), kernel: await kernel() } };
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    return unavailable(`its kernel and tools cannot be fetched: ${firstLine(what)}`);
  }
}

const unavailable = (reason: string): Provision => ({ kind: 'unavailable', reason });

const firstLine = (text: string): string => text.trim().split('\n')[0] ?? '';

/** Puts kmod under the names by which it is called. */
async function finishKit(root: string): Promise<void> {
  await mkdir(join(root, 'usr/sbin'), { recursive: true });
  for (const name of ['insmod', 'lsmod', 'modprobe']) {
    const link = join(root, 'usr/sbin', name);
    await rm(link, { force: true });
    await symlink('../bin/kmod', link);
  }
  const missing = missingTools(root);
  if (missing.length > 0) throw new Error(`the packages hold no ${missing.join(', ')}`);
}

/** Those of the tools that the lab calls, but that are not in the kit. */
export const missingTools = (root: string): readonly string[] =>
  Object.values(kitTools)
    .flat()
    .filter((file) => !existsSync(join(root, file)));
