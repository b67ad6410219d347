import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The packages that files of a bundle are from, by name: `[{ name, version, license, folder }]`. Paths
 * are as esbuild has them, relative to `root`, where it was run.
 */
export function bundledPackages(root, files) {
  const folders = new Set(
    files.flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file) ?? []),
  );
  return [...folders]
    .map((folder) => {
      const { name, version, license } = JSON.parse(
        readFileSync(join(root, folder, 'package.json'), 'utf8'),
      );
      return { name, version, license, folder };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
