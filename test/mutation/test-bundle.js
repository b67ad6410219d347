import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Script } from 'node:vm';
import { build } from 'esbuild';
import * as vitest from 'vitest';

/**
 * Test files and what they import as one script that can be begun again at once: each `load()` has fresh
 * modules, and `open(file)` evaluates one test file of it. `changed` are texts of sources in the place of
 * those on disk, by path.
 */
export async function bundleTests(files, { root = process.cwd(), changed = new Map() } = {}) {
  const entry = files
    .map((file) => `${JSON.stringify(file)}: () => require('./${file}'),`)
    .join('\n');
  const { outputFiles } = await build({
    absWorkingDir: root,
    stdin: { contents: `export const files = {\n${entry}\n};`, resolveDir: root },
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node20.19',
    packages: 'external',
    // A script in a context has no loader of its own.
    supported: { 'dynamic-import': false },
    logLevel: 'error',
    write: false,
    plugins: [sources(changed)],
  });
  const script = new Script(`(function (exports, require, module) {${outputFiles[0].text}\n})`, {
    filename: join(root, 'tests.cjs'),
  });
  const required = createRequire(join(root, 'package.json'));
  // Vitest refuses to be required.
  const require = Object.assign((name) => (name === 'vitest' ? vitest : required(name)), {
    resolve: required.resolve,
  });
  return {
    load() {
      const module = { exports: {} };
      script.runInThisContext()(module.exports, require, module);
      return { open: (file) => module.exports.files[file]() };
    },
  };
}

/** Sources as they are on disk or were changed, which know their place although they are in a bundle. */
function sources(changed) {
  return {
    name: 'sources',
    setup({ onLoad, onResolve }) {
      onResolve({ filter: /^drain-page-script$/ }, () => ({ path: 'page', namespace: 'page' }));
      onLoad({ filter: /.*/, namespace: 'page' }, () => ({ contents: 'export default "";' }));
      onLoad({ filter: /\.(ts|js)$/, namespace: 'file' }, async ({ path }) => {
        const text = changed.get(path) ?? (await readFile(path, 'utf8'));
        const url = JSON.stringify(pathToFileURL(path).href);
        const folder = JSON.stringify(resolve(path, '..'));
        const contents = text
          .replaceAll('import.meta.url', url)
          .replaceAll('import.meta.dirname', folder)
          .replaceAll('import.meta.filename', JSON.stringify(path));
        return { contents, loader: path.endsWith('.ts') ? 'ts' : 'js' };
      });
    },
  };
}
