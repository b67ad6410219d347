import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Failure, fail, ok, type Result } from '../../domain/failure.ts';
import { printable } from '../../domain/printable.ts';

/**
 * A path that fits into `sun_path` (unix(7): 108 bytes, 104 on macOS) with the 17 characters that
 * ssh adds while it makes the socket, and that holds no token of ssh_config(5).
 */
const usable = /^\/[A-Za-z0-9_./-]{0,50}$/;

let folder: Promise<string> | undefined;
let sockets = 0;

/**
 * The path of one more control socket for ssh: in a folder for nobody else (mkdtemp(3): 0700), one
 * folder for all directors of this process, which goes with this process.
 */
export async function nextControlSocket(): Promise<Result<string>> {
  folder ??= createFolder();
  try {
    return ok(join(await folder, `m${sockets++}`));
  } catch (error) {
    folder = undefined;
    return fail(noFolder(error as Error));
  }
}

async function createFolder(): Promise<string> {
  const created = await mkdtemp(join(usable.test(tmpdir()) ? tmpdir() : '/tmp', 'drain-ssh-'));
  process.once('exit', () => rmSync(created, { recursive: true, force: true }));
  return created;
}

const noFolder = ({ message }: Error): Failure => ({
  kind: 'preflight',
  what: `ssh has no place for its control socket: ${printable(message)}`,
  next: 'Make room, or name another folder for temporary files in TMPDIR.',
});
