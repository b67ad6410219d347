import { cp, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

const sources = ['bin', 'build', 'src', 'package.json', 'tsconfig.json', 'tsconfig.page.json'];

/** Copies what a build needs to `folder`, for a build that no other test notices. */
export async function copySources(folder: string, more: readonly string[] = []): Promise<void> {
  for (const name of [...sources, ...more]) {
    await cp(join(root, name), join(folder, name), { recursive: true });
  }
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
}
