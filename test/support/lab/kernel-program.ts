import { mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Unpacking, unpacked } from '../debian-packages.ts';

/** User-mode Linux, a kernel that is a program, with its modules. */
export interface LabKernel {
  /** Holds `usr/lib/modules/…`, laid over the host's /usr inside the lab. */
  readonly root: string;
  readonly program: string;
  /** Of its own C library, where it does not run on the host's: as `./ld.so` in its folder. */
  readonly loader?: string | undefined;
  readonly libraries?: string | undefined;
}

/**
 * The kernel of Debian's testing. From Linux 6.16 on processes of the guest are caught by seccomp and not
 * traced: a command starts in a quarter of the time. It wants the C library of its own release.
 */
export const newerPackages: Unpacking = {
  names: ['user-mode-linux', 'libc6'],
  suite: 'forky',
  finish: { recipe: 'modules linked, the C library beside', run: finishNewer },
};

const olderPackages: Unpacking = {
  names: ['user-mode-linux'],
  finish: { recipe: 'modules linked', run: linkModules },
};

export async function newerKernel(): Promise<LabKernel> {
  const root = await unpacked(newerPackages);
  const libraries = join(root, 'c-library');
  return {
    root,
    program: join(root, 'usr/bin/linux.uml'),
    loader: join(libraries, 'ld-linux-x86-64.so.2'),
    libraries,
  };
}

export async function olderKernel(): Promise<LabKernel> {
  const root = await unpacked(olderPackages);
  return { root, program: join(root, 'usr/bin/linux.uml') };
}

/** Puts the modules where modprobe looks. */
async function linkModules(root: string): Promise<void> {
  const releases = await readdir(join(root, 'usr/lib/uml/modules'));
  if (releases.length === 0) throw new Error('user-mode-linux holds no modules');
  await symlink('uml/modules', join(root, 'usr/lib/modules'));
}

/** Leaves nothing of the C library where the guest would see it. */
async function finishNewer(root: string): Promise<void> {
  await rename(join(root, 'usr/lib/x86_64-linux-gnu'), join(root, 'c-library'));
  await mkdir(join(root, 'all'));
  await rename(join(root, 'usr'), join(root, 'all/usr'));
  await mkdir(join(root, 'usr/bin'), { recursive: true });
  await mkdir(join(root, 'usr/lib'));
  await rename(join(root, 'all/usr/lib/uml'), join(root, 'usr/lib/uml'));
  const program = await readFile(join(root, 'all/usr/bin/linux.uml'));
  await writeFile(join(root, 'usr/bin/linux.uml'), withOwnLoader(program), { mode: 0o755 });
  await rm(join(root, 'all'), { recursive: true });
  await linkModules(root);
}

/**
 * The program as it is, but that the kernel of the host starts it by `./ld.so`. To start it as an
 * argument of its loader is not enough: it takes its memory from behind its own end.
 */
export function withOwnLoader(program: Buffer): Buffer {
  const loader = Buffer.from('/lib64/ld-linux-x86-64.so.2\0');
  const at = program.indexOf(loader);
  if (at < 0) throw new Error('linux.uml names no loader');
  const own = Buffer.alloc(loader.length);
  own.write('./ld.so');
  return Buffer.concat([program.subarray(0, at), own, program.subarray(at + loader.length)]);
}
