import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { librariesIn, unpacked, whyNot } from '../debian-packages.ts';
import { kitPackages } from '../lab/provision.ts';

/** Debian's keepalived, unpacked: its example configurations, and its configuration test. */
export interface RealKeepalived {
  readonly samples: readonly { readonly name: string; readonly text: string }[];
  /** The environment and the file of the program. */
  readonly program: string;
  readonly env: Readonly<Record<string, string>>;
  test(file: string): Promise<{ readonly code: number | undefined; readonly said: string }>;
}

/** Undefined, and a line on stderr, where it cannot be had. */
export async function realKeepalived(what: string): Promise<RealKeepalived | undefined> {
  try {
    const root = await unpacked(kitPackages);
    const folder = join(root, 'usr/share/doc/keepalived/samples');
    const names = (await readdir(folder)).filter((name) => name.startsWith('keepalived.conf'));
    const program = join(root, 'usr/sbin/keepalived');
    const env = { LD_LIBRARY_PATH: librariesIn(root) };
    return {
      samples: await Promise.all(
        names.map(async (name) => ({ name, text: await readFile(join(folder, name), 'latin1') })),
      ),
      program,
      env,
      test: async (file) => {
        const args = ['-t', '-f', file];
        const { exitCode, stderr } = await execa(program, args, { env, reject: false });
        return { code: exitCode, said: stderr };
      },
    };
  } catch (error) {
    if (process.env.DRAIN_REQUIRE_KERNEL === '1') throw error;
    process.stderr.write(`left out: ${what}, because ${whyNot(error)}\n`);
    return undefined;
  }
}
