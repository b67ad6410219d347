import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Builds the script of the page of `drain serve`. */
export async function buildPageScript() {
  const { outputFiles } = await build({
    entryPoints: [join(root, 'src/serve/page/main.tsx')],
    bundle: true,
    minify: true,
    format: 'iife',
    platform: 'browser',
    target: 'es2022',
    tsconfig: join(root, 'tsconfig.page.json'),
    write: false,
    logLevel: 'warning',
  });
  return outputFiles[0].text;
}
